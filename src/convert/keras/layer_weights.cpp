// SPDX-License-Identifier: Apache-2.0
// In a tree a layer is looked for by the name that Keras notes beside its variables, then by class and number.
#include "convert/keras/layer_weights.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::convert::keras {
namespace {

using hdf5::join;

const std::string* single_string(const hdf5::Object* object, std::string_view attribute) {
  const Tensor* value = object == nullptr ? nullptr : object->attribute(attribute);
  if (value == nullptr || value->dtype() != DType::kString || value->element_count() != 1) return nullptr;
  return &value->strings().front();
}

/// A list of strings that does not fit into one attribute is split: weight_names0, weight_names1, ...
Result<std::vector<std::string>> string_list(const hdf5::Object& group, const std::string& attribute) {
  std::vector<std::string> strings;
  const auto append = [&](const Tensor& value) -> Status {
    if (value.dtype() == DType::kString) {
      strings.insert(strings.end(), value.strings().begin(), value.strings().end());
    } else if (value.element_count() > 0) {  // h5py writes an empty list as numbers
      return invalid_argument(fmt::format("the attribute '{}' of '{}' holds no names", attribute, group.path));
    }
    return {};
  };
  if (const Tensor* whole = group.attribute(attribute)) {
    TRY(append(*whole));
    return strings;
  }
  for (std::size_t i = 0;; ++i) {
    const Tensor* piece = group.attribute(attribute + std::to_string(i));
    if (piece == nullptr) break;
    TRY(append(*piece));
  }
  return strings;
}

bool has_component(std::string_view path, std::string_view component) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (path.substr(0, end) == component) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

}  // namespace

LayerWeights LayerWeights::of_archive(const hdf5::File& file, Weights& weights) {
  return LayerWeights(file, weights, Filing::kTree);
}

LayerWeights LayerWeights::of_legacy(const hdf5::File& file, Weights& weights, std::string group) {
  LayerWeights made(file, weights, Filing::kLists);
  made.group_ = std::move(group);
  return made;
}

std::string LayerWeights::next_path() const {
  if (filing_ == Filing::kTree) return join(group_, "vars/" + std::to_string(next_));
  return list_ != nullptr && list_->next < list_->paths.size() ? list_->paths[list_->next] : "";
}

const Shape* LayerWeights::next_shape() const { return weights_->shape(next_path()); }

Result<Tensor> LayerWeights::take(const Shape& expected) {
  const std::string path = next_path();
  if (!weights_->has(path)) {
    return invalid_argument(fmt::format("the file holds too few weights: expected one more of shape {}{}",
                                        to_string(expected), path.empty() ? "" : ", as '" + path + "'"));
  }
  Tensor tensor = TRY(weights_->take(path, expected));
  if (filing_ == Filing::kTree) {
    ++next_;
  } else {
    ++list_->next;
  }
  return tensor;
}

LayerWeights LayerWeights::part(std::string_view name) const {
  LayerWeights made = *this;
  if (filing_ == Filing::kTree) {
    made.group_ = join(group_, name);
    made.next_ = 0;
  }
  return made;
}

Result<LayerWeights> LayerWeights::layer(const LayerKey& key) const {
  if (filing_ == Filing::kLists) return listed_layer(key);
  if (filing_ == Filing::kList) return filtered(key);
  // TensorFlow 2.12 called the folder otherwise.
  const std::string modern = join(group_, "layers");
  const std::string folder = file_->find(modern) != nullptr ? modern : join(group_, "_layer_checkpoint_dependencies");
  std::string chosen = join(folder, key.filed_as);
  const std::string* noted = single_string(file_->find(chosen + "/vars"), "name");
  if (noted != nullptr && *noted != key.name) {
    for (const std::string& other : file_->names_in(folder)) {
      const std::string candidate = join(folder, other);
      const std::string* name = single_string(file_->find(candidate + "/vars"), "name");
      if (name != nullptr && *name == key.name) chosen = candidate;
    }
  }
  LayerWeights made(*file_, *weights_, Filing::kTree);
  made.group_ = chosen;
  return made;
}

Result<LayerWeights> LayerWeights::listed_layer(const LayerKey& key) const {
  LayerWeights made(*file_, *weights_, Filing::kList);
  made.list_ = std::make_shared<List>();
  made.group_ = join(group_, key.name);
  const hdf5::Object* group = file_->find(made.group_);
  if (group == nullptr) return made;  // a layer without weights may be left out
  made.list_->names = TRY(string_list(*group, "weight_names"));
  for (const std::string& name : made.list_->names) made.list_->paths.push_back(join(made.group_, name));
  return made;
}

/// A model inside a model: its list holds the weights of all its layers, whose names are parts of the weights' names.
Result<LayerWeights> LayerWeights::filtered(const LayerKey& key) const {
  LayerWeights made(*file_, *weights_, Filing::kList);
  made.list_ = std::make_shared<List>();
  made.group_ = group_;
  for (std::size_t i = 0; i < list_->names.size(); ++i) {
    if (!has_component(list_->names[i], key.name)) continue;
    made.list_->names.push_back(list_->names[i]);
    made.list_->paths.push_back(list_->paths[i]);
  }
  return made;
}

Result<std::vector<NamedTensor>> read_weights(const hdf5::File& file, std::string_view group) {
  std::vector<NamedTensor> tensors;
  const std::string prefix = join(group, "");
  for (const auto& [path, object] : file.objects()) {
    const bool belongs = path.starts_with(prefix) && !path.starts_with("optimizer") && !path.starts_with("_optimizer");
    if (!belongs || !object.is_dataset || !is_floating_point(object.dtype())) continue;
    Tensor tensor = TRY(file.read(object));
    tensors.push_back({path, std::move(tensor)});
  }
  return tensors;
}

}  // namespace tandem::convert::keras

// SPDX-License-Identifier: Apache-2.0
// A .keras file is a zip of config.json, metadata.json and model.weights.h5; an .h5 has the configuration as an
// attribute.
#include <fmt/format.h>

#include "base/bytes.h"
#include "convert/keras/keras_model.h"
#include "formats/file_content.h"
#include "formats/zip_archive.h"

namespace tandem::convert::keras {
namespace {

constexpr std::uint64_t kMaxConfig = std::uint64_t{64} << 20;

/// A member's bytes: borrowed when it is stored, else unpacked into `unpacked`.
Result<std::span<const std::byte>> member_bytes(const ZipArchive& archive, const ZipMember& member,
                                                std::vector<std::byte>& unpacked) {
  if (!member.deflated) return member.data;
  unpacked = TRY(archive.read(member));
  return std::span<const std::byte>(unpacked);
}

Result<ConfigValue> read_json(const ZipArchive& archive, std::string_view name) {
  const ZipMember* member = archive.find(name);
  if (member == nullptr) return ConfigValue();
  if (member->size > kMaxConfig) return fail(Code::kResourceExhausted, fmt::format("{} is larger than 64 MiB", name));
  std::vector<std::byte> unpacked;
  auto parsed = ConfigValue::parse(as_text(TRY(member_bytes(archive, *member, unpacked))));
  if (!parsed) return fail(parsed.error().with_context(name));
  return parsed;
}

/// The unpacked weights live as long as what keeps the archive.
struct Unpacked {
  std::shared_ptr<const void> archive;
  std::vector<std::byte> bytes;
};

Result<KerasFile> read_archive(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  const ZipArchive archive = TRY(ZipArchive::open(bytes));
  KerasFile file;
  file.format = "Keras archive";
  const ConfigValue metadata = TRY(read_json(archive, "metadata.json"));
  file.version = TRY(metadata.text("keras_version", ""));
  file.config = TRY(read_json(archive, "config.json"));
  const ZipMember* weights = archive.find("model.weights.h5");
  if (weights == nullptr) return invalid_argument("the archive has no model.weights.h5: it is no model of Keras");
  const auto unpacked = std::make_shared<Unpacked>();
  unpacked->archive = std::move(owner);
  const auto weight_bytes = TRY(member_bytes(archive, *weights, unpacked->bytes));
  file.owner = unpacked;
  file.weights = std::make_shared<const hdf5::File>(TRY(hdf5::File::open(weight_bytes, unpacked)));
  return file;
}

std::string string_attribute(const hdf5::File& file, std::string_view path, std::string_view name) {
  const hdf5::Object* object = file.find(path);
  const Tensor* value = object == nullptr ? nullptr : object->attribute(name);
  if (value == nullptr || value->dtype() != DType::kString || value->element_count() != 1) return "";
  return value->strings().front();
}

Result<KerasFile> read_h5(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  KerasFile file;
  file.format = "Keras HDF5";
  file.legacy = true;
  file.owner = owner;
  file.weights = std::make_shared<const hdf5::File>(TRY(hdf5::File::open(bytes, std::move(owner))));
  file.weights_group = "model_weights";
  file.version = string_attribute(*file.weights, "", "keras_version");
  if (file.version.empty()) file.version = string_attribute(*file.weights, "model_weights", "keras_version");
  const std::string config = string_attribute(*file.weights, "", "model_config");
  if (config.empty()) {
    const hdf5::Object* root = file.weights->find("");
    const bool only_weights = root->attribute("layer_names") != nullptr || root->attribute("layer_names0") != nullptr ||
                              file.weights->find("layers") != nullptr ||
                              file.weights->find("_layer_checkpoint_dependencies") != nullptr;
    return invalid_argument(
        only_weights ? "this file holds the weights of a Keras model and not its layers: save the whole model with "
                       "model.save('model.keras')"
                     : "this HDF5 file is no model of Keras: expected the attribute 'model_config', which model.save "
                       "writes");
  }
  file.config = TRY(ConfigValue::parse(config));
  return file;
}

}  // namespace

Result<KerasFile> read_keras(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  return detect_content(bytes) == FileContent::kHdf5 ? read_h5(bytes, std::move(owner))
                                                     : read_archive(bytes, std::move(owner));
}

}  // namespace tandem::convert::keras

// SPDX-License-Identifier: Apache-2.0
// Layers in their order, nested ones in place; what is not known is collected before anything is built.
#include "convert/modules/sequential.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "convert/graph_builder.h"
#include "convert/interface.h"
#include "convert/modules/layer.h"
#include "convert/weights.h"

namespace tandem::convert {
namespace {

constexpr std::string_view kSequential = "torch.nn.modules.container.Sequential";
constexpr std::string_view kInput = "input";
constexpr std::string_view kOutput = "output";

/// One layer and its path, in the order of running.
struct Place {
  const TorchModule* module;
  std::string path;
};

void flatten(const TorchModule& module, const std::string& path, std::vector<Place>& places) {
  if (module.class_name != kSequential) {
    places.push_back({&module, path});
    return;
  }
  for (const TorchModule& child : module.children) {
    flatten(child, path.empty() ? child.name : path + "." + child.name, places);
  }
}

Status check_known(const std::vector<Place>& places) {
  std::set<std::string> unknown;
  for (const Place& place : places) {
    if (find_layer(place.module->class_name) == nullptr) {
      unknown.insert(fmt::format("{} ('{}')", place.module->class_name, place.path));
    }
  }
  if (unknown.empty()) return {};
  return fail(
      Code::kUnimplemented,
      fmt::format("the nn.Sequential has {} layer{} that cannot be rebuilt without {} code: {}", unknown.size(),
                  unknown.size() == 1 ? "" : "s", unknown.size() == 1 ? "its" : "their", fmt::join(unknown, ", ")));
}

/// What a first layer of that kind tells of its input.
struct InputRule {
  std::string_view type;
  std::size_t rank;
  std::string_view features;  // the setting that has the size of dimension 1
};
constexpr std::array kInputRules = {
    InputRule{"Conv1d", 3, "in_channels"},          InputRule{"Conv2d", 4, "in_channels"},
    InputRule{"Conv3d", 5, "in_channels"},          InputRule{"ConvTranspose1d", 3, "in_channels"},
    InputRule{"ConvTranspose2d", 4, "in_channels"}, InputRule{"ConvTranspose3d", 5, "in_channels"},
    InputRule{"Linear", 2, "in_features"},          InputRule{"BatchNorm1d", 2, "num_features"},
    InputRule{"BatchNorm2d", 4, "num_features"},    InputRule{"BatchNorm3d", 5, "num_features"},
};

/// Layers that leave shapes and channels alone, so that the next one may tell the input's shape.
bool passes_shape_on(const Place& place) {
  const auto activations = activation_layers();
  const std::string_view name = place.module->class_name;
  return std::ranges::any_of(activations,
                             [&](const KnownLayer& layer) { return name.ends_with(fmt::format(".{}", layer.type)); });
}

Result<std::vector<std::int64_t>> input_dims(const std::vector<Place>& places, const ConvertOptions& options) {
  if (options.input_shapes.size() > 1) {
    return invalid_argument("an nn.Sequential has one input: say one shape with --input input=...");
  }
  if (!options.input_shapes.empty()) return options.input_shapes.front().second;
  const auto first = std::ranges::find_if_not(places, passes_shape_on);
  const auto rule = std::ranges::find_if(kInputRules, [&](const InputRule& known) {
    return first != places.end() && first->module->class_name.ends_with(fmt::format(".{}", known.type));
  });
  const auto* features = rule == kInputRules.end() ? nullptr : first->module->setting<std::int64_t>(rule->features);
  if (features == nullptr) {
    return invalid_argument(
        fmt::format("the first layer ({}) does not tell the shape of the input: say it with --input input=-1,3,224,224",
                    first == places.end() ? "none" : first->module->class_name));
  }
  std::vector<std::int64_t> dims(rule->rank, -1);
  dims[1] = *features;
  return dims;
}

/// Sizes behind the first layer that are not fixed have no name: they are not the input's.
SymbolicShape output_shape(const std::vector<std::int64_t>& dims) {
  SymbolicShape shape;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    const bool batch = axis == 0 && dims[axis] < 0;
    shape.dims.push_back(batch ? Dim::symbol("batch") : Dim{dims[axis] < 0 ? -1 : dims[axis], {}});
  }
  return shape;
}

}  // namespace

bool is_sequential(const Checkpoint& checkpoint) {
  return checkpoint.module && checkpoint.module->class_name == kSequential;
}

Result<Conversion> convert_sequential(const Checkpoint& checkpoint, const ConvertOptions& options) {
  std::vector<Place> places;
  flatten(*checkpoint.module, "", places);
  TRY(check_known(places));
  Weights weights = weights_of(checkpoint);
  GraphBuilder graph("sequential");
  Flow flow;
  flow.dims = TRY(input_dims(places, options));
  const bool looks_up = !places.empty() && places.front().module->class_name.ends_with(".Embedding");
  const DType dtype = looks_up ? DType::kInt64 : DType::kFloat32;
  flow.value = graph.input({std::string(kInput), dtype, with_named_dims(flow.dims, ChannelsAt::kFront)});
  for (const Place& place : places) {
    const ModuleLayer layer{*place.module, place.path, graph, weights};
    TRY(find_layer(place.module->class_name)->build(layer, flow));
  }
  graph.output(flow.value, {std::string(kOutput), DType::kFloat32, output_shape(flow.dims)});

  Conversion conversion;
  conversion.network = "nn.Sequential";
  conversion.task = "inference";
  conversion.facts = {{"layers", std::to_string(places.size())}};
  ConvertedModel converted;
  converted.model = TRY(std::move(graph).finish());
  conversion.models.push_back(std::move(converted));
  conversion.unused = weights.unused();
  std::erase_if(conversion.unused, [](const std::string& name) { return name.ends_with(".num_batches_tracked"); });
  return conversion;
}

std::string export_advice(const std::filesystem::path& file, const std::string& class_name) {
  std::filesystem::path exported = file;
  exported.replace_extension(".pt2");
  return fmt::format(
      "the file holds a whole module of the class {}, whose forward code is not in the file; where that class can be "
      "imported and the file is trusted, this makes a .pt2 that can be converted: python -c \"import torch; m = "
      "torch.load('{}', map_location='cpu', weights_only=False).eval(); "
      "torch.export.save(torch.export.export(m, (torch.zeros(1, 3, 224, 224),)), '{}')\"",
      class_name, file.string(), exported.string());
}

}  // namespace tandem::convert

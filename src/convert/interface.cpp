// SPDX-License-Identifier: Apache-2.0
// Every model of a conversion is looked through: the parts of a network share the names of their values.
#include "convert/interface.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "convert/graph_builder.h"
#include "graph/patch.h"

namespace tandem::convert {
namespace {

using graph::Graph;

/// "input: float32[batch,3,224,224], ..." of all models, each once.
std::string for_people(const Conversion& conversion, bool with_outputs) {
  std::vector<std::string> texts;
  const auto add = [&](const std::vector<TensorSpec>& specs) {
    for (const TensorSpec& spec : specs) {
      std::string text = to_string(spec);
      if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
    }
  };
  for (const ConvertedModel& model : conversion.models) {
    add(model.model.graph.inputs);
    if (with_outputs) add(model.model.graph.outputs);
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

bool has_value(const std::vector<TensorSpec>& specs, const std::string& name) {
  return std::ranges::find(specs, name, &TensorSpec::name) != specs.end();
}

bool has_dim(const std::vector<TensorSpec>& specs, const Dim& wanted) {
  return std::ranges::any_of(specs, [&](const TensorSpec& spec) {
    return std::ranges::any_of(spec.shape.dims, [&](const Dim& dim) {
      return wanted.is_fixed() ? dim.is_fixed() && dim.size == wanted.size : !dim.is_fixed() && dim.name == wanted.name;
    });
  });
}

/// Whether an input or an output of any model satisfies it.
template <typename Predicate>
bool in_any(const Conversion& conversion, const Predicate& holds) {
  return std::ranges::any_of(conversion.models, [&](const ConvertedModel& model) {
    return holds(model.model.graph.inputs) || holds(model.model.graph.outputs);
  });
}

tl::unexpected<Error> no_value(const Conversion& conversion, const std::string& name) {
  return invalid_argument(
      fmt::format("the network has no input or output '{}'; it has {}", name, for_people(conversion, true)));
}

tl::unexpected<Error> no_dim(const Conversion& conversion, const std::string& name) {
  return invalid_argument(
      fmt::format("the network has no dynamic dimension '{}'; it has {}", name, for_people(conversion, true)));
}

void replace_dim(Conversion& conversion, const std::string& name, const Dim& by) {
  const auto replace = [&](std::vector<TensorSpec>& specs) {
    for (TensorSpec& spec : specs) {
      for (Dim& dim : spec.shape.dims) {
        if (!dim.is_fixed() && dim.name == name) dim = by;
      }
    }
  };
  for (ConvertedModel& model : conversion.models) {
    replace(model.model.graph.inputs);
    replace(model.model.graph.outputs);
    replace(model.model.graph.values);
  }
}

/// The sizes of one input, where they are open.
Status fix_sizes(Conversion& conversion, const TensorSpec& input, const std::vector<std::int64_t>& wanted) {
  const std::vector<Dim> dims = input.shape.dims;  // a copy: fixing changes the input itself
  const std::string was = to_string(input);
  bool fits = wanted.size() == dims.size();
  for (std::size_t axis = 0; fits && axis < dims.size(); ++axis) {
    if (wanted[axis] == -1) continue;
    fits = dims[axis].is_fixed() ? wanted[axis] == dims[axis].size : wanted[axis] > 0 && !dims[axis].name.empty();
    if (fits && !dims[axis].is_fixed()) replace_dim(conversion, dims[axis].name, Dim::fixed(wanted[axis]));
  }
  if (fits) return {};
  return invalid_argument(fmt::format("the shape [{}] does not fit the input {}", fmt::join(wanted, ","), was));
}

Status apply_shapes(Conversion& conversion, const ConvertOptions& options) {
  for (const auto& [name, sizes] : options.input_shapes) {
    bool found = false;
    for (const ConvertedModel& model : conversion.models) {
      const auto& inputs = model.model.graph.inputs;
      const auto input = std::ranges::find(inputs, name, &TensorSpec::name);
      if (input == inputs.end()) continue;
      found = true;
      TRY(fix_sizes(conversion, *input, sizes));
    }
    if (!found) {
      return invalid_argument(
          fmt::format("the network has no input '{}'; it has {}", name, for_people(conversion, false)));
    }
  }
  return {};
}

Status apply_dims(Conversion& conversion, const ConvertOptions& options) {
  for (const auto& [before, after] : options.dims) {
    const Dim wanted = Dim::symbol(before);
    if (!in_any(conversion, [&](const auto& specs) { return has_dim(specs, wanted); })) {
      return no_dim(conversion, before);
    }
    replace_dim(conversion, before, dim_from(after));
  }
  return {};
}

Status apply_names(Conversion& conversion, const ConvertOptions& options) {
  for (const auto& [before, after] : options.names) {
    if (before == after) continue;
    bool found = false;
    for (ConvertedModel& model : conversion.models) {
      Graph& graph = model.model.graph;
      if (!has_value(graph.inputs, before) && !has_value(graph.outputs, before)) continue;
      found = true;
      if (graph::value_names(graph).contains(after)) {
        return invalid_argument(
            fmt::format("'{}' cannot be called '{}': another value of the model is", before, after));
      }
      rename_value(graph, before, after);
    }
    if (!found) return no_value(conversion, before);
  }
  return {};
}

std::string usual_name(std::size_t axis, std::size_t rank, ChannelsAt channels) {
  const std::size_t height = channels == ChannelsAt::kFront ? 2 : 1;
  if (rank == 4 && axis == height) return "height";
  if (rank == 4 && axis == height + 1) return "width";
  return channels == ChannelsAt::kBack && axis == 1 ? "length" : fmt::format("size_{}", axis);
}

}  // namespace

Dim dim_from(const std::string& text) {
  std::int64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && size > 0;
  return is_number ? Dim::fixed(size) : Dim::symbol(text);
}

const std::vector<std::int64_t>* asked_shape(const ConvertOptions& options, std::string_view input) {
  const auto found =
      std::ranges::find(options.input_shapes, input, [](const auto& pair) -> const auto& { return pair.first; });
  return found == options.input_shapes.end() ? nullptr : &found->second;
}

std::string renamed(const ConvertOptions& options, std::string name) {
  for (const auto& [before, after] : options.names) {
    if (before == name) return after;
  }
  return name;
}

Dim open_dim(const ConvertOptions& options, std::string name) {
  for (const auto& [before, after] : options.dims) {
    if (before == name) return dim_from(after);
  }
  return Dim::symbol(std::move(name));
}

SymbolicShape with_named_dims(const std::vector<std::int64_t>& dims, ChannelsAt channels, const std::string& prefix) {
  SymbolicShape shape;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] >= 0) {
      shape.dims.push_back(Dim::fixed(dims[axis]));
    } else {
      shape.dims.push_back(Dim::symbol(axis == 0 ? "batch" : prefix + usual_name(axis, dims.size(), channels)));
    }
  }
  return shape;
}

Status shape_interface(Conversion& conversion, const ConvertOptions& options) {
  TRY(apply_shapes(conversion, options));
  TRY(apply_dims(conversion, options));
  return apply_names(conversion, options);
}

Status check_interface(const Conversion& conversion, const ConvertOptions& options) {
  for (const auto& [before, after] : options.dims) {
    const Dim wanted = dim_from(after);
    if (!in_any(conversion, [&](const auto& specs) { return has_dim(specs, wanted); })) {
      return no_dim(conversion, before);
    }
  }
  for (const auto& [before, after] : options.names) {
    const std::string& name = after;
    if (!in_any(conversion, [&](const auto& specs) { return has_value(specs, name); })) {
      return no_value(conversion, before);
    }
  }
  for (const auto& [name, sizes] : options.input_shapes) {
    const std::string now = renamed(options, name);
    if (std::ranges::none_of(conversion.models,
                             [&](const ConvertedModel& model) { return has_value(model.model.graph.inputs, now); })) {
      return invalid_argument(
          fmt::format("the network has no input '{}'; it has {}", name, for_people(conversion, false)));
    }
  }
  return {};
}

}  // namespace tandem::convert

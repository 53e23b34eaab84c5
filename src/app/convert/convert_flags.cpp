// SPDX-License-Identifier: Apache-2.0
// Texts of the command line become options of the conversion; what does not is refused with an example.
#include "app/convert/convert_flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "graph/opset/convert_opset.h"
#include "graph/passes/simplify.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostElements = std::int64_t{1} << 31;  // of one dimension

std::string pass_names(bool by_default) {
  std::vector<std::string_view> names;
  for (const graph::Pass& pass : graph::all_passes()) {
    if (pass.by_default == by_default) names.push_back(pass.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// -1, or a size.
bool parse_size(std::string_view text, std::int64_t& size) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  return error == std::errc() && end == text.data() + text.size() && (size == -1 || (size > 0 && size < kMostElements));
}

void add_interface_options(CLI::App& verb, ConvertFlags& flags) {
  verb.add_option("--input", flags.inputs,
                  "The shape of an input, where the network takes any: input=1x3x224x224; -1 stays open")
      ->type_name("NAME=SHAPE");
  verb.add_option("--dim", flags.dims, "Another name for an open dimension, or its size: batch=8")
      ->type_name("NAME=NAME|SIZE");
  verb.add_option("--name", flags.names, "Another name for an input or an output: input=pixels")->type_name("OLD=NEW");
  verb.add_option("--opset", flags.request.options.opset, "The version of ONNX's operators")
      ->capture_default_str()
      ->check(CLI::Range(graph::kLowestOpset, graph::kHighestOpset));
}

void add_network_options(CLI::App& verb, ConvertFlags& flags) {
  convert::ConvertOptions& options = flags.request.options;
  verb.add_option("--arch", options.arch,
                  "The network of a state dict, when it is not to be recognized (docs/convert/networks.md)")
      ->type_name("NAME");
  verb.add_flag("--allow-missing", options.allow_missing,
                "Takes a state dict that has fewer or other tensors than its network; zeros stand for what is missing");
  verb.add_option("--heads", options.heads, "Attention heads of a transformer (default: 64 channels a head)")
      ->check(CLI::Range(1, 1024));
  verb.add_option("--image-size", options.image_size, "Height and width of the input where the network takes any")
      ->check(CLI::Range(1, 8192));
  verb.add_option("--batch-norm-epsilon", options.batch_norm_epsilon, "Where it is not the network's published one")
      ->check(CLI::PositiveNumber);
  verb.add_option("--labels", options.labels, "The classes' names in their order: background,artery,vein")
      ->delimiter(',')
      ->type_name("NAME,...");
}

void add_check_options(CLI::App& verb, ConvertFlags& flags) {
  auto* file =
      verb.add_option("--verify", flags.request.reference.file,
                      "A .npz with the model's inputs and the outputs the training framework gave, by name; nothing is "
                      "written when they disagree")
          ->type_name("FILE");
  verb.add_option(
          "--verify-with", flags.verify_with,
          "Asks the framework itself: libtorch runs a TorchScript file with the engine of that name; python loads "
          "the file in your Python (TANDEM_PYTHON, else python3), which may run what the file says")
      ->check(CLI::IsMember({"python", "libtorch"}))
      ->excludes(file)
      ->type_name("WHO");
  verb.add_option("--tolerance", flags.request.reference.tolerance,
                  "For the verification: allowed difference, relative to the largest value")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
}

void add_pass_options(CLI::App& verb, ConvertFlags& flags) {
  auto* none = verb.add_flag("--no-passes", flags.no_passes, "Leaves the graph as the importer made it");
  verb.add_option("--no-pass", flags.passes_off, "Without this simplification: " + pass_names(true))
      ->excludes(none)
      ->type_name("PASS");
  verb.add_option("--pass", flags.passes_added, "With this one, which does not run by itself: " + pass_names(false))
      ->excludes(none)
      ->type_name("PASS");
}

}  // namespace

void ConvertFlags::add_to(CLI::App& verb) {
  verb.add_option("checkpoint", checkpoints,
                  "A PyTorch .pth, .pt or .pt2, a Keras .keras or .h5, a .safetensors, or a .npz; the content decides, "
                  "not the name")
      ->required()
      ->type_name("FILE...");
  auto* file = verb.add_option("-o,--output", output,
                               "The ONNX file, or for several checkpoints a folder; default: the checkpoint's name "
                               "with .onnx")
                   ->type_name("FILE|FOLDER");
  add_interface_options(verb, *this);
  add_network_options(verb, *this);
  add_check_options(verb, *this);
  add_pass_options(verb, *this);
  auto* into = verb.add_option("--store", store,
                               "Puts the model, its config, metadata and golden vector into this store instead")
                   ->excludes(file)
                   ->type_name("FOLDER");
  verb.add_option("--as", as, "Its name there: {task}_{architecture}_{dataset}_{YYYYMMDD}")
      ->needs(into)
      ->type_name("NAME");
  verb.add_flag("--overwrite", request.overwrite, "Replace files that exist");
}

Result<std::pair<std::string, std::string>> parse_pair(const std::string& text, std::string_view flag) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return invalid_argument(
        fmt::format("{} {}: expected two names with = between them, as in {} before=after", flag, text, flag));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

Result<std::pair<std::string, std::vector<std::int64_t>>> parse_input_shape(const std::string& text) {
  const auto refuse = [&] {
    return invalid_argument(fmt::format(
        "--input {}: expected a name and sizes, as in --input input=1x3x224x224; -1 stands for an open size", text));
  };
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) return refuse();
  std::pair<std::string, std::vector<std::int64_t>> parsed{text.substr(0, equals), {}};
  std::string_view rest = std::string_view(text).substr(equals + 1);
  while (true) {
    const std::size_t end = rest.find_first_of("x,");
    std::int64_t size = 0;
    if (!parse_size(rest.substr(0, end), size)) return refuse();
    parsed.second.push_back(size);
    if (end == std::string_view::npos) return parsed;
    rest.remove_prefix(end + 1);
  }
}

bool writes_folder(const ConvertFlags& flags) {
  std::error_code error;
  return flags.checkpoints.size() > 1 || flags.output.ends_with('/') || fs::is_directory(flags.output, error);
}

Result<convert::ConversionRequest> request_of(const ConvertFlags& flags, const fs::path& checkpoint) {
  convert::ConversionRequest request = flags.request;
  request.checkpoint = checkpoint;
  request.output = fs::path(checkpoint).replace_extension(".onnx");
  if (writes_folder(flags) && !flags.output.empty()) {
    request.output = fs::path(flags.output) / request.output.filename();
  } else if (!flags.output.empty()) {
    request.output = flags.output;
  }
  for (const std::string& text : flags.inputs) request.options.input_shapes.push_back(TRY(parse_input_shape(text)));
  for (const std::string& text : flags.dims) request.options.dims.push_back(TRY(parse_pair(text, "--dim")));
  for (const std::string& text : flags.names) request.options.names.push_back(TRY(parse_pair(text, "--name")));
  request.passes.enabled = !flags.no_passes;
  request.passes.off.insert(flags.passes_off.begin(), flags.passes_off.end());
  request.passes.added.insert(flags.passes_added.begin(), flags.passes_added.end());
  request.program_version = TANDEM_VERSION;
  return request;
}

}  // namespace tandem::app

// SPDX-License-Identifier: Apache-2.0
// decoder_dim and attention_dim come from the file (R4.6), and so does everything else but the image size.
#include "convert/networks/captioner/config.h"

#include <fmt/format.h>

namespace tandem::convert {
namespace {

constexpr std::int64_t kMaxCaptionImage = 4096;

Status check_cell(const Weights& weights, const CaptionerConfig& config) {
  const std::int64_t rows = TRY(weights.dim("decoder.decode_step.weight_hh", 2, 0));
  if (rows == 4 * config.decoder) {
    return fail(Code::kUnimplemented, "a captioner with an LSTM cell: only GRU cells are converted");
  }
  if (rows != 3 * config.decoder) {
    return invalid_argument(
        fmt::format("'decoder.decode_step.weight_hh' has {} rows for {} columns: expected 3 times "
                    "as many, a GRU's three gates",
                    rows, config.decoder));
  }
  const std::int64_t columns = TRY(weights.dim("decoder.decode_step.weight_ih", 2, 1));
  if (columns == config.embedding + config.features) return {};
  return invalid_argument(
      fmt::format("'decoder.decode_step.weight_ih' takes {} numbers: expected {} of the word and {} "
                  "of the image",
                  columns, config.embedding, config.features));
}

}  // namespace

bool is_captioner(const Weights& weights) {
  return weights.has("encoder.0.0.weight") && weights.has("decoder.decode_step.weight_hh") &&
         weights.has("decoder.encoder_att.weight");
}

Result<CaptionerConfig> infer_captioner(const Weights& weights, const ConvertOptions& options) {
  CaptionerConfig config;
  config.image_size = options.image_size.value_or(config.image_size);
  config.batch_norm_epsilon = options.batch_norm_epsilon.value_or(config.batch_norm_epsilon);
  if (config.image_size < 32 || config.image_size > kMaxCaptionImage) {
    return invalid_argument(fmt::format("an image size of {}: expected 32 to {}", config.image_size, kMaxCaptionImage));
  }
  config.cells = (config.image_size + 31) / 32;  // five strides of 2, each rounding up
  config.vocabulary = TRY(weights.dim("decoder.embedding.weight", 2, 0));
  config.embedding = TRY(weights.dim("decoder.embedding.weight", 2, 1));
  config.decoder = TRY(weights.dim("decoder.decode_step.weight_hh", 2, 1));
  config.attention = TRY(weights.dim("decoder.encoder_att.weight", 2, 0));
  config.features = TRY(weights.dim("decoder.encoder_att.weight", 2, 1));
  TRY(check_cell(weights, config));
  return config;
}

std::vector<std::pair<std::string, std::string>> describe(const CaptionerConfig& config) {
  return {{"image size", fmt::format("{0} x {0}", config.image_size)},
          {"image features", fmt::format("{0} x {0} cells of {1} channels", config.cells, config.features)},
          {"vocabulary", fmt::format("{} words of {} numbers", config.vocabulary, config.embedding)},
          {"decoder_dim", fmt::format("{}", config.decoder)},
          {"attention_dim", fmt::format("{}", config.attention)},
          {"batch norm eps", fmt::format("{}", config.batch_norm_epsilon)}};
}

}  // namespace tandem::convert

// SPDX-License-Identifier: Apache-2.0
// Built with nlohmann: these answers are for people and web callers, not the hot path.
#include "serve/api/prediction_json.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/base64.h"
#include "base/milliseconds.h"
#include "pipeline/model_config.h"
#include "vision/draw.h"
#include "vision/encode.h"

namespace tandem::serve {
namespace {

using Json = nlohmann::ordered_json;

/// Labels come from files: bytes that are not UTF-8 are replaced, never thrown about.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Result<std::string> png_data_url(const Image& image) {
  const auto png = TRY(encode_png(image, {.fast = true}));
  return "data:image/png;base64," + encode_base64(std::as_bytes(std::span(png)));
}

/// The class indices spread over 0..255, so that a person sees them.
Image visible_mask(const Segmentation& segmentation) {
  const std::size_t last = std::max<std::size_t>(segmentation.labels.size(), 2) - 1;
  Image visible = segmentation.mask;
  for (std::uint8_t& pixel : visible.pixels) {
    pixel = static_cast<std::uint8_t>(std::min<std::size_t>(pixel, last) * 255 / last);
  }
  return visible;
}

/// The class other than 0 with the most pixels, 0 when there is none.
std::size_t largest_foreground(const Segmentation& segmentation) {
  const auto& fractions = segmentation.fractions;
  if (fractions.size() < 2) return 0;
  const auto largest = std::max_element(fractions.begin() + 1, fractions.end());
  return *largest > 0 ? static_cast<std::size_t>(std::distance(fractions.begin(), largest)) : 0;
}

/// prediction, confidence and probabilities, as /inference promises them.
Status put_classification(Json& data, const Classification& classification) {
  const ClassProbability& best = classification.classes.at(classification.best);
  data["prediction"] = best.label;
  data["confidence"] = best.probability;
  Json probabilities = Json::object();
  for (const ClassProbability& shown : classification.classes) probabilities[shown.label] = shown.probability;
  data["probabilities"] = std::move(probabilities);
  return {};
}

Status put_segmentation(Json& data, const Segmentation& segmentation) {
  const std::size_t chosen = largest_foreground(segmentation);
  data["prediction"] = chosen < segmentation.labels.size() ? segmentation.labels[chosen] : "background";
  data["confidence"] = segmentation.mean_confidence;
  Json shares = Json::object();
  for (std::size_t i = 0; i < std::min(segmentation.labels.size(), segmentation.fractions.size()); ++i) {
    shares[segmentation.labels[i]] = segmentation.fractions[i];
  }
  data["probabilities"] = std::move(shares);
  data["mask_image"] = TRY(png_data_url(visible_mask(segmentation)));
  return {};
}

Json classification_json(const Classification& classification) {
  const ClassProbability& best = classification.classes.at(classification.best);
  Json json = {{"label", best.label}, {"index", best.index}, {"confidence", best.probability}};
  json["classes"] = Json::array();
  for (const ClassProbability& shown : classification.classes) {
    json["classes"].push_back({{"label", shown.label}, {"index", shown.index}, {"probability", shown.probability}});
  }
  return json;
}

Result<Json> segmentation_json(const Segmentation& segmentation, const Image& image) {
  Json json;
  json["labels"] = segmentation.labels;
  json["fractions"] = segmentation.fractions;
  json["mean_confidence"] = segmentation.mean_confidence;
  const Image overlay = TRY(draw_mask(image, segmentation.mask));
  json["overlay_image"] = TRY(png_data_url(overlay));
  json["mask_image"] = TRY(png_data_url(segmentation.mask));
  json["width"] = segmentation.mask.width;
  json["height"] = segmentation.mask.height;
  return json;
}

/// Heat maps are looked at: more digits would only make the answer long.
std::vector<double> shown_attention(const std::vector<float>& attention) {
  std::vector<double> shown;
  for (const float value : attention) shown.push_back(std::round(static_cast<double>(value) * 1e5) / 1e5);
  return shown;
}

Json caption_json(const Caption& caption) {
  Json words = Json::array();
  for (const CaptionWord& said : caption.words) {
    words.push_back(
        {{"word", said.word}, {"probability", said.probability}, {"attention", shown_attention(said.attention)}});
  }
  return {{"text", caption.text},
          {"words", std::move(words)},
          {"grid", {caption.grid.rows, caption.grid.columns}},
          {"ended", caption.ended}};
}

/// The confidence is the mean probability of the words.
void put_caption(Json& data, const Caption& caption) {
  double sum = 0;
  for (const CaptionWord& said : caption.words) sum += said.probability;
  const double confidence = caption.words.empty() ? 0 : sum / static_cast<double>(caption.words.size());
  data["prediction"] = caption.text;
  data["confidence"] = confidence;
  data["probabilities"] = {{caption.text, confidence}};
  data["caption"] = caption_json(caption);
}

Json specs_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) {
    Json shape = Json::array();
    for (const Dim& dim : spec.shape.dims) {
      if (dim.is_fixed()) {
        shape.push_back(dim.size);
      } else {
        shape.push_back(dim.name.empty() ? "?" : dim.name);
      }
    }
    list.push_back({{"name", spec.name}, {"dtype", dtype_name(spec.dtype)}, {"shape", std::move(shape)}});
  }
  return list;
}

std::vector<std::string> labels_of(const ServedModel& model) {
  if (!model.pipeline) return {};
  for (const OutputConfig& output : model.pipeline->config().outputs) {
    if (!output.labels.empty()) return output.labels;
  }
  return {};
}

}  // namespace

Result<std::string> inference_answer(const ImagePrediction& done, std::string_view patient_id_json, SystemTime now) {
  Json data;
  if (done.prediction.classification) {
    TRY(put_classification(data, *done.prediction.classification));
  } else if (done.prediction.segmentation) {
    TRY(put_segmentation(data, *done.prediction.segmentation));
  } else if (done.prediction.caption) {
    put_caption(data, *done.prediction.caption);
  } else {
    return fail(Code::kFailedPrecondition, "model '" + done.model->name +
                                               "' has no postprocessing in its config, so its outputs have no label; "
                                               "ask /v2/models/" +
                                               done.model->name + "/infer for its tensors");
  }
  data["patient_id"] = Json::parse(patient_id_json, nullptr, false);
  data["timestamp"] = iso8601(now);
  data["model_version"] = done.model->version;
  return dump({{"success", true}, {"data", std::move(data)}});
}

std::string inference_failure(std::string_view message) {
  return dump({{"success", false}, {"error", message}, {"data", nullptr}});
}

Result<std::string> prediction_answer(const ImagePrediction& done) {
  Json json = {
      {"model", done.model->name}, {"version", done.model->version}, {"task", done.model->pipeline->config().task}};
  const SteadyTime begin = std::chrono::steady_clock::now();
  if (done.prediction.classification) json["classification"] = classification_json(*done.prediction.classification);
  if (done.prediction.segmentation) {
    json["segmentation"] = TRY(segmentation_json(*done.prediction.segmentation, done.image));
  }
  if (done.prediction.caption) json["caption"] = caption_json(*done.prediction.caption);
  const std::chrono::nanoseconds drawing = std::chrono::steady_clock::now() - begin;
  const PredictionTiming& timing = done.timing;
  json["timing_ms"] = {{"decode", milliseconds(timing.decode)},
                       {"preprocess", milliseconds(timing.preprocess)},
                       {"queue", milliseconds(timing.queue)},
                       {"compute", milliseconds(timing.compute)},
                       {"postprocess", milliseconds(timing.postprocess + drawing)},
                       {"total", milliseconds(timing.total + drawing)}};
  return dump(json);
}

std::string model_list(const InferenceService& service) {
  Json list = Json::array();
  for (const ModelState& state : service.index()) {
    Json json = {{"name", state.name},
                 {"version", state.version},
                 {"task", ""},
                 {"state", state.state},
                 {"reason", state.reason}};
    const auto model = service.find(state.name, state.version);
    const ServedModel none;
    const ServedModel& shown = model ? **model : none;
    if (shown.pipeline) json["task"] = shown.pipeline->config().task;
    json["description"] = shown.description;
    json["inputs"] = specs_json(shown.info.inputs);
    json["outputs"] = specs_json(shown.info.outputs);
    json["takes_image"] = takes_image(shown);
    json["labels"] = labels_of(shown);
    json["max_batch_size"] = shown.max_batch_size;
    json["engine"] = shown.backend;
    list.push_back(std::move(json));
  }
  return dump(list);
}

}  // namespace tandem::serve

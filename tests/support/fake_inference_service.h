// SPDX-License-Identifier: Apache-2.0
// FakeInferenceService: models that live in memory and answer at once, for tests of what stands before the service.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "serve/inference_service.h"

namespace tandem {

/// By default infer() hands the inputs back as outputs. Set the fields before the first call.
class FakeInferenceService final : public serve::InferenceService {
 public:
  using Run = std::function<Result<serve::InferResponse>(serve::InferRequest)>;

  void add(serve::ServedModel model, Run run = echo) {
    const std::string name = model.name;
    models_[name] = {std::make_shared<const serve::ServedModel>(std::move(model)), std::move(run)};
  }

  /// A model with one input "x" and one output "y" of that type and shape.
  static serve::ServedModel one_to_one(std::string name, DType dtype, std::vector<Dim> dims,
                                       std::int64_t max_batch_size = 0) {
    serve::ServedModel model;
    model.name = std::move(name);
    model.version = "1";
    model.platform = "onnxruntime_onnx";
    model.backend = "fake";
    model.info.inputs.push_back({"x", dtype, {dims, false}, false});
    model.info.outputs.push_back({"y", dtype, {std::move(dims), false}, false});
    model.max_batch_size = max_batch_size;
    return model;
  }

  static Result<serve::InferResponse> echo(serve::InferRequest request) {
    serve::InferResponse response;
    response.outputs = std::move(request.inputs);
    return response;
  }

  bool live() const override { return is_live; }
  bool ready() const override { return is_ready; }
  Result<std::shared_ptr<const serve::ServedModel>> find(std::string_view name,
                                                         std::string_view version) const override {
    const auto found = models_.find(std::string(name));
    if (found == models_.end()) return not_found("there is no model '" + std::string(name) + "'");
    if (!version.empty() && version != found->second.first->version) return not_found("there is no such version");
    return found->second.first;
  }
  void infer(const std::shared_ptr<const serve::ServedModel>& model, serve::InferRequest request,
             serve::InferCallback callback) override {
    callback(models_.at(model->name).second(std::move(request)));
  }
  std::vector<serve::ModelState> index() const override { return states; }
  Result<std::vector<serve::ModelStatistics>> statistics(std::string_view name,
                                                         std::string_view version) const override {
    if (!name.empty()) TRY(find(name, version));
    return model_statistics;
  }

  bool is_live = true;
  bool is_ready = true;
  std::vector<serve::ModelState> states;
  std::vector<serve::ModelStatistics> model_statistics;

 private:
  std::map<std::string, std::pair<std::shared_ptr<const serve::ServedModel>, Run>> models_;
};

}  // namespace tandem

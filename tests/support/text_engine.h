// SPDX-License-Identifier: Apache-2.0
// TextEngine: makes models of the text that their files hold, for stores of models that cost nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "support/fake_engine.h"

namespace tandem {

/// Takes .onnx files, whatever they hold: what `make` refuses is a broken model.
class TextEngine final : public Engine {
 public:
  using Make = std::function<Result<std::unique_ptr<Session>>(const std::string& text)>;
  TextEngine(std::string name, Make make) : name_(std::move(name)), make_(std::move(make)) {}

  std::string_view name() const override { return name_; }
  std::string version() const override { return "0"; }
  std::string_view description() const override { return "a fake"; }
  Status available() const override { return {}; }
  std::vector<EngineDevice> devices() const override { return {}; }
  bool supports(std::string_view extension) const override { return extension == ".onnx"; }
  Result<std::unique_ptr<Session>> load(const std::filesystem::path& model, const SessionOptions&) override {
    return make_(TRY(read_file(model)));
  }
  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte> bytes, const SessionOptions&) override {
    return make_(std::string(as_text(bytes)));
  }

 private:
  std::string name_;
  Make make_;
};

}  // namespace tandem

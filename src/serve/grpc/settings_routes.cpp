// SPDX-License-Identifier: Apache-2.0
// Every call answers with the settings as they are now; one without settings changes nothing.
#include "serve/grpc/settings_routes.h"

#include <fmt/format.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/protobuf_wire.h"
#include "base/protobuf_writer.h"
#include "serve/settings/log_settings.h"

namespace tandem::serve {
namespace {

using Wire = ProtobufField::Wire;

constexpr std::uint32_t kSettings = 1;
constexpr std::size_t kMaxSettings = 16;
constexpr std::size_t kMaxWords = 16;

// The value of a log setting: number 1 is a truth, 2 a number, 3 a text.
void put_setting(ProtobufWriter& writer, std::string_view name, ProtobufWriter&& value) {
  ProtobufWriter entry;
  entry.text(1, name);
  entry.message(2, std::move(value));
  writer.message(kSettings, std::move(entry));
}
void put_truth(ProtobufWriter& writer, std::string_view name, bool truth) {
  ProtobufWriter value;
  value.integer(1, truth ? 1 : 0);
  put_setting(writer, name, std::move(value));
}
void put_text(ProtobufWriter& writer, std::string_view name, std::string_view text) {
  ProtobufWriter value;
  value.text(3, text);
  put_setting(writer, name, std::move(value));
}

std::string log_document() {
  const LogSettings settings = read_log_settings();
  ProtobufWriter writer;
  put_text(writer, "log_file", settings.file);
  put_truth(writer, "log_info", settings.info);
  put_truth(writer, "log_warning", settings.warning);
  put_truth(writer, "log_error", settings.error);
  ProtobufWriter level;
  level.integer(2, settings.verbose_level);
  put_setting(writer, "log_verbose_level", std::move(level));
  put_text(writer, "log_format", settings.format);
  return writer.bytes();
}

Status read_log_member(std::string_view name, const ProtobufField& value, LogChange& change) {
  const bool is_truth = value.is(1, Wire::kVarint);
  if (name == "log_info" && is_truth) {
    change.info = value.value != 0;
  } else if (name == "log_warning" && is_truth) {
    change.warning = value.value != 0;
  } else if (name == "log_error" && is_truth) {
    change.error = value.value != 0;
  } else if (name == "log_verbose_level" && value.is(2, Wire::kVarint)) {
    if (value.value > std::numeric_limits<std::uint32_t>::max()) {
      return invalid_argument("log_verbose_level: expected at most 4294967295");
    }
    change.verbose_level = static_cast<std::uint32_t>(value.value);
  } else if (name == "log_file" && value.is(3, Wire::kBytes)) {
    change.file = std::string(value.text());
  } else if (name == "log_format" && value.is(3, Wire::kBytes)) {
    change.format = std::string(value.text());
  } else {
    return invalid_argument(
        fmt::format("'{}' is not a log setting with such a value; there are log_info, log_warning and log_error "
                    "(bool_param), log_verbose_level (uint32_param), log_file and log_format (string_param)",
                    name.substr(0, 64)));
  }
  return {};
}

Result<LogChange> read_log_change(const SimpleRequest& request) {
  LogChange change;
  for (const auto bytes : request.entries(kSettings)) {
    const SimpleRequest entry = TRY(SimpleRequest::read(bytes));
    const std::string_view message = entry.text(2);
    ProtobufReader reader(std::as_bytes(std::span(message)));
    while (const auto value = reader.next()) TRY(read_log_member(entry.text(1), *value, change));
    if (reader.damaged()) return invalid_argument("the message is not of type LogSettingsRequest");
  }
  return change;
}

Result<TraceWords> read_trace_words(const SimpleRequest& request) {
  TraceWords words;
  for (const auto bytes : request.entries(kSettings)) {
    if (words.size() == kMaxSettings) return invalid_argument("expected at most 16 trace settings");
    const SimpleRequest entry = TRY(SimpleRequest::read(bytes));
    std::vector<std::string>& values = words[std::string(entry.text(1))];
    const std::string_view message = entry.text(2);
    ProtobufReader reader(std::as_bytes(std::span(message)));
    while (const auto value = reader.next()) {
      if (values.size() == kMaxWords) return invalid_argument("a trace setting has at most 16 words");
      if (value->is(1, Wire::kBytes)) values.emplace_back(value->text());
    }
    if (reader.damaged()) return invalid_argument("the message is not of type TraceSettingRequest");
  }
  return words;
}

std::string trace_document(const Tracer& tracer, std::string_view model) {
  ProtobufWriter writer;
  for (const auto& [name, words] : describe_trace_settings(tracer.settings(model), tracer.file())) {
    ProtobufWriter value;
    for (const std::string& word : words) value.text(1, word);
    put_setting(writer, name, std::move(value));
  }
  return writer.bytes();
}

Result<std::string> trace(InferenceService& service, Tracer* tracer, const SimpleRequest& request) {
  if (tracer == nullptr) return fail(Code::kUnimplemented, "tracing is not supported by this server");
  const std::string_view model = request.text(2);
  if (!model.empty()) TRY(service.find(model, ""));
  const TraceWords words = TRY(read_trace_words(request));
  if (!words.empty()) TRY(tracer->change(model, TRY(parse_trace_change(words, tracer->file()))));
  return trace_document(*tracer, model);
}

}  // namespace

void add_grpc_settings_routes(const GrpcMethods& add, InferenceService& service, Tracer* tracer) {
  add.document("LogSettings", [](const SimpleRequest& request) -> Result<std::string> {
    TRY(change_log_settings(TRY(read_log_change(request))));
    return log_document();
  });
  add.document("TraceSetting",
               [&service, tracer](const SimpleRequest& request) { return trace(service, tracer, request); });
}

}  // namespace tandem::serve

// SPDX-License-Identifier: Apache-2.0
// Every call answers with the settings as they are now.
#include "serve/v2/settings_routes.h"

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "serve/http/json_text.h"
#include "serve/v2/json_reader.h"
#include "serve/v2/response.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kMaxWords = 16;

std::string log_document() {
  const LogSettings settings = read_log_settings();
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().key("log_file").string(settings.file).key("log_info").boolean(settings.info);
  writer.key("log_warning").boolean(settings.warning).key("log_error").boolean(settings.error);
  writer.key("log_verbose_level").number(settings.verbose_level).key("log_format").string(settings.format);
  writer.end_object();
  return out;
}

Result<std::string> change_log(std::string_view json) {
  TRY(change_log_settings(TRY(read_log_change(json))));
  return log_document();
}

// Settings of one word are written as a string, the level as a list; so Triton does.
std::string trace_document(const Tracer& tracer, std::string_view model) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  for (const auto& [name, words] : describe_trace_settings(tracer.settings(model), tracer.file())) {
    writer.member(name);
    if (name == "trace_level") {
      writer.begin_array().string(words[0]).end_array();
    } else {
      writer.string(words[0]);
    }
  }
  writer.end_object();
  return out;
}

Result<std::string> change_trace(Tracer& tracer, std::string_view model, std::string_view json) {
  TRY(tracer.change(model, TRY(parse_trace_change(TRY(read_trace_words(json)), tracer.file()))));
  return trace_document(tracer, model);
}

Result<std::vector<std::string>> read_words(JsonReader& reader) {
  std::vector<std::string> words;
  switch (reader.peek()) {
    case JsonReader::Kind::kNull: TRY(reader.skip()); return words;
    case JsonReader::Kind::kString: words.push_back(TRY(reader.string())); return words;
    case JsonReader::Kind::kNumber: words.emplace_back(TRY(reader.number())); return words;
    default: break;
  }
  TRY(reader.begin_array());
  while (TRY(reader.next_element())) {
    if (words.size() == kMaxWords) return invalid_argument("a trace setting has at most 16 words");
    words.push_back(TRY(reader.string()));
  }
  return words;
}

Status read_log_member(const std::string& key, JsonReader& reader, LogChange& change) {
  if (key == "log_file") {
    change.file = TRY(reader.string());
  } else if (key == "log_format") {
    change.format = TRY(reader.string());
  } else if (key == "log_info") {
    change.info = TRY(reader.boolean());
  } else if (key == "log_warning") {
    change.warning = TRY(reader.boolean());
  } else if (key == "log_error") {
    change.error = TRY(reader.boolean());
  } else if (key == "log_verbose_level") {
    const std::uint64_t level = TRY(reader.uint64());
    if (level > std::numeric_limits<std::uint32_t>::max()) return invalid_argument("expected at most 4294967295");
    change.verbose_level = static_cast<std::uint32_t>(level);
  } else {
    return invalid_argument(
        "there is no such log setting; there are log_file, log_info, log_warning, log_error, log_verbose_level and "
        "log_format");
  }
  return {};
}

}  // namespace

Result<LogChange> read_log_change(std::string_view json) {
  LogChange change;
  if (json.empty()) return change;
  JsonReader reader(json);
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    const Status read = read_log_member(key, reader, change);
    if (!read) return fail(read.error().with_context(key.substr(0, 64)));
  }
  TRY(reader.expect_end());
  return change;
}

Result<TraceWords> read_trace_words(std::string_view json) {
  TraceWords words;
  if (json.empty()) return words;
  JsonReader reader(json);
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (words.size() == kMaxWords) return invalid_argument("expected at most 16 trace settings");
    auto value = read_words(reader);
    if (!value) return fail(value.error().with_context(key.substr(0, 64)));
    words[key] = std::move(*value);
  }
  TRY(reader.expect_end());
  return words;
}

void add_logging_routes(Router& router) {
  router.add("GET", "/v2/logging", [](const HttpRequest&, const PathParameters&, const Responder& respond) {
    respond(json_response(log_document()));
  });
  router.add("POST", "/v2/logging", [](const HttpRequest& request, const PathParameters&, const Responder& respond) {
    respond(document_response(change_log(body_text(request))));
  });
}

void add_trace_routes(Router& router, InferenceService& service, Tracer& tracer) {
  // Settings belong to a name: every version of a model has the same.
  const auto answer = [&service, &tracer](const PathParameters& path, bool is_change,
                                          std::string_view body) -> Result<std::string> {
    const std::string_view model = path.get("name");
    if (!model.empty()) TRY(service.find(model, path.get("version")));
    if (is_change) return change_trace(tracer, model, body);
    return trace_document(tracer, model);
  };
  constexpr std::array<std::string_view, 3> kPaths{"/v2/trace/setting", "/v2/models/{name}/trace/setting",
                                                   "/v2/models/{name}/versions/{version}/trace/setting"};
  for (const std::string_view path : kPaths) {
    for (const bool is_change : {false, true}) {
      router.add(
          is_change ? "POST" : "GET", path,
          [answer, is_change](const HttpRequest& request, const PathParameters& parameters, const Responder& respond) {
            respond(document_response(answer(parameters, is_change, body_text(request))));
          });
    }
  }
}

}  // namespace tandem::serve

// SPDX-License-Identifier: Apache-2.0
// Members are taken from the object one by one; who is left over is unknown.
#include "serve/workbench/job_request.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <string_view>

namespace tandem::serve {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMaxBody = 16 * 1024;
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kLongestText = 200;
constexpr std::size_t kMostLabels = 256;

/// The members of an object, each to be asked for once.
class Members final {
 public:
  static Result<Members> of(const element& value, std::string place) {
    simdjson::dom::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
      return invalid_argument(fmt::format("{}: expected a JSON object", place));
    }
    Members members(std::move(place));
    for (const auto& field : object) {
      if (std::ranges::any_of(members.fields_, [&](const Field& known) { return known.key == field.key; })) {
        return invalid_argument(fmt::format("{}: the member '{}' stands there twice", members.place_, field.key));
      }
      members.fields_.push_back({field.key, field.value, false});
    }
    return members;
  }

  /// "" when it is missing.
  Result<std::string> text(std::string_view key) {
    const Field* field = take(key);
    if (field == nullptr) return std::string();
    std::string_view found;
    if (field->value.get_string().get(found) != simdjson::SUCCESS || found.empty() || found.size() > kLongestText) {
      return invalid_argument(fmt::format("{}: expected a text of 1 to {} bytes", key, kLongestText));
    }
    return std::string(found);
  }
  Result<std::string> required_text(std::string_view key) {
    std::string found = TRY(text(key));
    if (found.empty()) return invalid_argument(fmt::format("{} is missing in {}", key, place_));
    return found;
  }
  Result<std::optional<std::int64_t>> integer(std::string_view key, std::int64_t most) {
    const Field* field = take(key);
    if (field == nullptr) return std::optional<std::int64_t>();
    std::int64_t number = 0;
    if (field->value.get_int64().get(number) != simdjson::SUCCESS || number < 1 || number > most) {
      return invalid_argument(fmt::format("{}: expected a whole number of 1 to {}", key, most));
    }
    return std::optional<std::int64_t>(number);
  }
  Result<double> number(std::string_view key, double low, double high, double otherwise) {
    const Field* field = take(key);
    if (field == nullptr) return otherwise;
    double found = 0;
    if (field->value.get_double().get(found) != simdjson::SUCCESS || !(found >= low && found <= high)) {
      return invalid_argument(fmt::format("{}: expected a number of {} to {}", key, low, high));
    }
    return found;
  }
  /// Empty when it is missing.
  Result<std::vector<std::string>> texts(std::string_view key, std::size_t most) {
    const Field* field = take(key);
    std::vector<std::string> found;
    if (field == nullptr) return found;
    const auto bad = [&] {
      return invalid_argument(
          fmt::format("{}: expected a list of 1 to {} texts of 1 to {} bytes", key, most, kLongestText));
    };
    simdjson::dom::array list;
    if (field->value.get_array().get(list) != simdjson::SUCCESS || list.size() == 0 || list.size() > most) return bad();
    for (const element each : list) {
      std::string_view text;
      if (each.get_string().get(text) != simdjson::SUCCESS || text.empty() || text.size() > kLongestText) return bad();
      found.emplace_back(text);
    }
    return found;
  }
  const element* any(std::string_view key) {
    const Field* field = take(key);
    return field == nullptr ? nullptr : &field->value;
  }
  Status expect_no_more() const {
    const auto left = std::ranges::find_if(fields_, [](const Field& field) { return !field.taken; });
    if (left == fields_.end()) return {};
    return invalid_argument(fmt::format("{}: the member '{}' is not known here", place_, left->key));
  }

 private:
  struct Field {
    std::string_view key;
    element value;
    bool taken = false;
  };

  explicit Members(std::string place) : place_(std::move(place)) {}
  const Field* take(std::string_view key) {
    const auto found = std::ranges::find_if(fields_, [&](const Field& field) { return field.key == key; });
    if (found == fields_.end()) return nullptr;
    found->taken = true;
    return &*found;
  }

  std::string place_;
  std::vector<Field> fields_;
};

Result<ModelChoice> read_choice(Members& members) {
  ModelChoice choice;
  choice.model = TRY(members.required_text("model"));
  choice.engine = TRY(members.required_text("engine"));
  return choice;
}

Result<JobRequest> read_convert(Members& members) {
  ConvertJob job;
  job.file = TRY(members.required_text("file"));
  job.heads = TRY(members.integer("heads", 1024));
  job.image_size = TRY(members.integer("image_size", 8192));
  job.labels = TRY(members.texts("labels", kMostLabels));
  job.reference = TRY(members.text("reference"));
  return JobRequest(std::move(job));
}

Result<JobRequest> read_run(Members& members) {
  RunJob job;
  job.choice = TRY(read_choice(members));
  job.image = TRY(members.required_text("image"));
  return JobRequest(std::move(job));
}

Result<JobRequest> read_compare(Members& members) {
  CompareJob job;
  const element* list = members.any("contenders");
  simdjson::dom::array contenders;
  if (list == nullptr || list->get_array().get(contenders) != simdjson::SUCCESS || contenders.size() < 2 ||
      contenders.size() > kMostContenders) {
    return invalid_argument(
        fmt::format("contenders: expected a list of 2 to {} objects with model and engine", kMostContenders));
  }
  for (const element item : contenders) {
    Members choice = TRY(Members::of(item, "contenders"));
    job.contenders.push_back(TRY(read_choice(choice)));
    TRY(choice.expect_no_more());
  }
  job.image = TRY(members.text("image"));
  job.seconds = TRY(members.number("seconds", 0.1, kMostSeconds, job.seconds));
  return JobRequest(std::move(job));
}

Result<JobRequest> read_job(Members& members) {
  const std::string kind = TRY(members.required_text("kind"));
  if (kind == "convert") return read_convert(members);
  if (kind == "run") return read_run(members);
  if (kind == "compare") return read_compare(members);
  return invalid_argument(fmt::format("kind: expected convert, run or compare, got '{}'", kind));
}

}  // namespace

Result<JobRequest> parse_job_request(std::span<const std::byte> body) {
  if (body.size() > kMaxBody) {
    return invalid_argument(fmt::format("the body has {} bytes: a job needs at most {}", body.size(), kMaxBody));
  }
  simdjson::dom::parser parser;
  if (parser.allocate(std::max<std::size_t>(body.size(), 64), kMaxDepth) != simdjson::SUCCESS) {
    return fail(Code::kResourceExhausted, "no memory to read the body");
  }
  element document;
  const auto* text = reinterpret_cast<const std::uint8_t*>(body.data());
  if (const auto error = parser.parse(text, body.size()).get(document); error != simdjson::SUCCESS) {
    return invalid_argument(fmt::format("the body is not JSON that can be read: {}", simdjson::error_message(error)));
  }
  Members members = TRY(Members::of(document, "the body"));
  JobRequest job = TRY(read_job(members));
  TRY(members.expect_no_more());
  return job;
}

}  // namespace tandem::serve

// SPDX-License-Identifier: Apache-2.0
// The numbers are those of descriptor.proto and of proto/grpc/reflection/v1/reflection.proto.
#include "serve/grpc/reflection.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/protobuf_wire.h"
#include "serve/grpc/descriptors.h"
#include "serve/grpc/stream_call.h"

namespace tandem::serve {
namespace {

constexpr std::uint64_t kMaxRequestBytes = 64 * 1024;

/// The text of field 1: how every descriptor has its name.
std::string name_of(std::span<const std::byte> descriptor) {
  ProtobufReader reader(descriptor);
  while (const auto field = reader.next()) {
    if (field->is(1, ProtobufField::Wire::kBytes)) return std::string(field->text());
  }
  return "";
}

std::string join(const std::string& scope, const std::string& name) {
  return scope.empty() ? name : scope + "." + name;
}

/// The question: the last one of the message, as protobuf has it of a oneof.
struct ReflectionQuestion {
  enum Kind : std::uint32_t {
    kNone = 0,
    kFile = 3,
    kSymbol = 4,
    kExtension = 5,
    kExtensionNumbers = 6,
    kServices = 7,
  };
  std::string_view host;
  std::uint32_t kind = kNone;
  std::string_view text;
};

Result<ReflectionQuestion> read_question(std::span<const std::byte> message) {
  ReflectionQuestion question;
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (field->wire != ProtobufField::Wire::kBytes) continue;
    if (field->number == 1) question.host = field->text();
    if (field->number < ReflectionQuestion::kFile || field->number > ReflectionQuestion::kServices) continue;
    question.kind = field->number;
    question.text = field->text();
  }
  if (reader.damaged()) return invalid_argument("the message is not a ServerReflectionRequest");
  return question;
}

constexpr std::size_t kLongestEcho = 200;  // of the client's text in our sentences

void write_error(ProtobufWriter& answer, const Error& error) {
  constexpr std::uint32_t kErrorResponse = 7;
  ProtobufWriter inner;
  inner.integer(1, static_cast<std::int64_t>(error.code));
  inner.text(2, error.message);
  answer.message(kErrorResponse, std::move(inner));
}

void write_file(ProtobufWriter& answer, std::string_view file, const ReflectionQuestion& question) {
  constexpr std::uint32_t kFileDescriptorResponse = 4;
  if (file.empty()) {
    return write_error(answer,
                       {Code::kNotFound, fmt::format("there is no {} '{}'; list_services says what there is",
                                                     question.kind == ReflectionQuestion::kFile ? "file" : "symbol",
                                                     question.text.substr(0, kLongestEcho))});
  }
  ProtobufWriter inner;
  inner.text(1, file);
  answer.message(kFileDescriptorResponse, std::move(inner));
}

void write_extension_numbers(ProtobufWriter& answer, const Descriptors& descriptors,
                             const ReflectionQuestion& question) {
  constexpr std::uint32_t kAllExtensionNumbersResponse = 5;
  if (!descriptors.has_message(question.text)) {
    return write_error(
        answer, {Code::kNotFound, fmt::format("there is no message '{}'", question.text.substr(0, kLongestEcho))});
  }
  ProtobufWriter inner;  // proto3: no message has extensions
  inner.text(1, question.text);
  answer.message(kAllExtensionNumbersResponse, std::move(inner));
}

void write_services(ProtobufWriter& answer, const Descriptors& descriptors) {
  constexpr std::uint32_t kListServicesResponse = 6;
  ProtobufWriter list;
  for (const std::string& name : descriptors.services()) {
    ProtobufWriter service;
    service.text(1, name);
    list.message(1, std::move(service));
  }
  answer.message(kListServicesResponse, std::move(list));
}

class ReflectionCall final : public StreamCall {
 public:
  ReflectionCall(std::shared_ptr<const Descriptors> descriptors, std::shared_ptr<AnswerStream> answers)
      : descriptors_(std::move(descriptors)), answers_(std::move(answers)) {}

  Status take(std::span<const std::byte> message) override {
    if (++count_ > kMaxReflectionRequests) {
      return fail(Code::kResourceExhausted,
                  fmt::format("expected at most {} requests in a call; begin another", kMaxReflectionRequests));
    }
    answers_->send(TRY(reflection_answer(*descriptors_, message)));
    return {};
  }
  void finish() override { answers_->end({}); }
  void drain() override { answers_->end(fail(Code::kUnavailable, "the server is about to end; ask another")); }

 private:
  const std::shared_ptr<const Descriptors> descriptors_;
  const std::shared_ptr<AnswerStream> answers_;
  std::size_t count_ = 0;
};

}  // namespace

Descriptors::Descriptors(std::span<const std::byte> descriptor_set) {
  ProtobufReader reader(descriptor_set);
  while (const auto field = reader.next()) {
    if (field->is(1, ProtobufField::Wire::kBytes)) add_file(field->text());
  }
}

void Descriptors::add_file(std::string_view file) {
  constexpr std::uint32_t kPackage = 2;
  constexpr std::uint32_t kMessageType = 4;
  constexpr std::uint32_t kEnumType = 5;
  constexpr std::uint32_t kService = 6;
  const auto bytes = std::as_bytes(std::span(file));
  files_.emplace(name_of(bytes), file);
  std::string package;
  ProtobufReader reader(bytes);  // protoc writes the package before what is in it
  while (const auto field = reader.next()) {
    if (field->number == kPackage) package = field->text();
    if (field->number == kMessageType) add_message(package, field->bytes, file);
    if (field->number == kEnumType) symbols_.emplace(join(package, name_of(field->bytes)), Symbol{file, false});
    if (field->number == kService) add_service(package, field->bytes, file);
  }
}

void Descriptors::add_message(const std::string& scope, std::span<const std::byte> message, std::string_view file) {
  constexpr std::uint32_t kNestedType = 3;
  constexpr std::uint32_t kEnumType = 4;
  const std::string name = join(scope, name_of(message));
  symbols_.emplace(name, Symbol{file, true});
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == kNestedType) add_message(name, field->bytes, file);
    if (field->number == kEnumType) symbols_.emplace(join(name, name_of(field->bytes)), Symbol{file, false});
  }
}

void Descriptors::add_service(const std::string& scope, std::span<const std::byte> service, std::string_view file) {
  constexpr std::uint32_t kMethod = 2;
  const std::string name = join(scope, name_of(service));
  services_.push_back(name);
  symbols_.emplace(name, Symbol{file, false});
  ProtobufReader reader(service);
  while (const auto field = reader.next()) {
    if (field->number == kMethod) symbols_.emplace(join(name, name_of(field->bytes)), Symbol{file, false});
  }
}

std::string_view Descriptors::file(std::string_view name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? std::string_view() : found->second;
}

std::string_view Descriptors::file_of_symbol(std::string_view symbol) const {
  const auto found = symbols_.find(symbol);
  return found == symbols_.end() ? std::string_view() : found->second.file;
}

bool Descriptors::has_message(std::string_view name) const {
  const auto found = symbols_.find(name);
  return found != symbols_.end() && found->second.is_message;
}

Result<std::string> reflection_answer(const Descriptors& descriptors, std::span<const std::byte> request) {
  constexpr std::uint32_t kValidHost = 1;
  constexpr std::uint32_t kOriginalRequest = 2;
  const ReflectionQuestion question = TRY(read_question(request));
  ProtobufWriter answer;
  if (!question.host.empty()) answer.text(kValidHost, question.host);
  answer.text(kOriginalRequest, as_text(request));
  switch (question.kind) {
    case ReflectionQuestion::kFile: write_file(answer, descriptors.file(question.text), question); break;
    case ReflectionQuestion::kSymbol: write_file(answer, descriptors.file_of_symbol(question.text), question); break;
    case ReflectionQuestion::kExtension:
      write_error(answer, {Code::kNotFound, "no message of this server has extensions"});
      break;
    case ReflectionQuestion::kExtensionNumbers: write_extension_numbers(answer, descriptors, question); break;
    case ReflectionQuestion::kServices: write_services(answer, descriptors); break;
    default:
      write_error(answer, {Code::kInvalidArgument,
                           "expected a question: a file, a symbol, an extension or list_services; got none"});
  }
  return answer.bytes();
}

void add_grpc_reflection_routes(Router& router) {
  const auto descriptors = std::make_shared<const Descriptors>(descriptor_set());
  for (const char* version : {"v1", "v1alpha"}) {
    add_stream_call(router, fmt::format("/grpc.reflection.{}.ServerReflection/ServerReflectionInfo", version),
                    kMaxRequestBytes,
                    [descriptors](std::shared_ptr<AnswerStream> answers) -> std::unique_ptr<StreamCall> {
                      return std::make_unique<ReflectionCall>(descriptors, std::move(answers));
                    });
  }
}

}  // namespace tandem::serve

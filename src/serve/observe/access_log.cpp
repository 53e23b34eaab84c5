// SPDX-License-Identifier: Apache-2.0
// Lines are composed on the writer's thread, and what has gathered goes out in one write.
#include "serve/observe/access_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/log.h"
#include "base/milliseconds.h"
#include "serve/http/json_text.h"

namespace tandem::serve {
namespace {

constexpr std::chrono::milliseconds kGather{50};

std::string in_ms(std::chrono::nanoseconds time) { return fmt::format("{:.3f}", milliseconds(time)); }

void write_note(JsonWriter& writer, const CallNote& note) {
  writer.key("model").string(note.model).key("version").string(note.version);
  if (note.batch_size == 0) return;
  writer.key("batch").number(note.batch_size);
  writer.key("queue_ms").raw(in_ms(note.queue)).key("compute_ms").raw(in_ms(note.compute));
}

Result<Descriptor> open_log(const std::string& file) {
  Descriptor descriptor(file == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                                    : ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!descriptor.is_open()) return fail(errno_error("open the access log", file));
  return descriptor;
}

}  // namespace

std::string access_line(const Exchange& exchange) {
  std::string line;
  JsonWriter writer(line);
  writer.begin_object().key("time").string(iso8601(exchange.ended));
  const std::string& id =
      exchange.note && !exchange.note->request_id.empty() ? exchange.note->request_id : exchange.request_id;
  if (!id.empty()) writer.key("request_id").string(id);
  if (!exchange.client.empty()) writer.key("client").string(exchange.client);
  writer.key("method").string(exchange.method).key("path").string(exchange.path);
  writer.key("status").number(exchange.status);
  if (!exchange.grpc_status.empty()) writer.key("grpc_status").string(exchange.grpc_status);
  if (!exchange.error_json.empty()) writer.key("error").raw(exchange.error_json);
  if (exchange.note) write_note(writer, *exchange.note);
  writer.key("total_ms").raw(in_ms(exchange.total));
  writer.key("bytes_in").number(exchange.bytes_in).key("bytes_out").number(exchange.bytes_out);
  if (exchange.trace) {
    writer.key("trace_id").string(exchange.trace->trace_id_hex()).key("span_id").string(exchange.trace->span_id_hex());
    if (exchange.parent_span != 0) writer.key("parent_span_id").string(hex16(exchange.parent_span));
  }
  writer.end_object();
  return line;
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& file) {
  Descriptor descriptor = TRY(open_log(file));
  return std::unique_ptr<AccessLog>(new AccessLog(file, std::move(descriptor)));
}

AccessLog::AccessLog(std::string file, Descriptor descriptor)
    : file_(std::move(file)),
      descriptor_(std::move(descriptor)),
      queue_(kMaximumWaiting, kGather, [this](const std::vector<Exchange>& exchanges) { write(exchanges); }) {}

Status AccessLog::reopen() {
  Descriptor descriptor = TRY(open_log(file_));
  const std::lock_guard lock(mutex_);
  descriptor_ = std::move(descriptor);
  return {};
}

void AccessLog::write(const std::vector<Exchange>& exchanges) {
  std::string text;
  for (const Exchange& exchange : exchanges) {
    text += access_line(exchange);
    text += '\n';
  }
  const std::lock_guard lock(mutex_);
  if (const Status written = write_all(descriptor_, text, file_); !written) {
    if (unwritten_.fetch_add(exchanges.size(), std::memory_order_relaxed) == 0) {
      log::error("lines of the access log are lost", {{"reason", written.error().message}});
    }
  }
}

bool RequestLines::wants() const { return log::enabled(log::Level::kInfo); }

void RequestLines::take(const Exchange& exchange) {
  if (!wants()) return;
  log::info("request", {{"method", exchange.method},
                        {"path", exchange.path},
                        {"status", fmt::to_string(exchange.status)},
                        {"ms", in_ms(exchange.total)},
                        {"bytes_in", fmt::to_string(exchange.bytes_in)},
                        {"bytes_out", fmt::to_string(exchange.bytes_out)}});
}

}  // namespace tandem::serve

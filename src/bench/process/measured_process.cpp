// SPDX-License-Identifier: Apache-2.0
// Requests, answers, and what is said when a process dies.
#include "bench/process/measured_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/process_tree.h"

namespace tandem::bench {
namespace {

constexpr std::chrono::milliseconds kPatienceAtTheEnd{3000};
constexpr std::chrono::milliseconds kPatienceForDying{500};

std::string_view last_printed_line(std::string_view output) {
  while (!output.empty() && (output.back() == '\n' || output.back() == ' ')) output.remove_suffix(1);
  const auto newline = output.rfind('\n');
  return newline == std::string_view::npos ? output : output.substr(newline + 1);
}

/// A process of the tree may have a group of its own, as Python's workers have.
void kill_tree(Subprocess& process) {
  const std::vector<pid_t> tree = process_tree(process.pid());
  process.kill();
  for (std::size_t i = 1; i < tree.size(); ++i) ::kill(tree[i], SIGKILL);
}

}  // namespace

MeasuredProcess::MeasuredProcess(Subprocess process, MessageSocket socket, std::chrono::milliseconds run_patience)
    : process_(std::move(process)), socket_(std::move(socket)), run_patience_(run_patience) {
  socket_.listen_to(process_.output_fd(), [this] { return !process_.take_output().empty(); });
}

MeasuredProcess::~MeasuredProcess() { end(); }

void MeasuredProcess::end() {
  socket_.close();
  if (!process_.wait(lost_ ? std::chrono::milliseconds(0) : kPatienceAtTheEnd)) kill_tree(process_);
}

Result<std::unique_ptr<MeasuredProcess>> MeasuredProcess::start(const ContenderSpec& spec) {
  auto [ours, theirs] = TRY(MessageSocket::pair());
  SubprocessOptions options;
  options.program = spec.program;
  options.arguments = spec.arguments;
  options.inherit = {theirs.fd()};
  auto process = Subprocess::start(options);
  if (!process) return fail(Code::kUnavailable, process.error().message);
  theirs.close();  // the process has the only other end now, so that its death is seen
  std::unique_ptr<MeasuredProcess> measured(
      new MeasuredProcess(std::move(*process), std::move(ours), spec.run_patience));
  LoadRequest request;
  request.engine = spec.engine;
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(spec.model, failed);
  request.model = (failed ? spec.model : absolute).string();
  request.options = spec.options;
  const std::string body =
      TRY(measured->ask(MessageKind::kLoad, encode_load(request), MessageKind::kLoaded, spec.load_patience));
  measured->loaded_ = TRY(parse_loaded(body));
  return measured;
}

Error MeasuredProcess::lose(const Error& reason) {
  std::string how = reason.message;
  if (reason.code == Code::kUnavailable) {
    const std::optional<ExitStatus> ended = process_.wait(kPatienceForDying);
    process_.take_output();
    const std::string_view words = last_printed_line(process_.output());
    how = fmt::format("its process ended ({}){}{}", ended ? to_string(*ended) : "it closed its connection",
                      words.empty() ? "" : ": ", words);
  }
  lost_ = Error{reason.code, std::move(how)};
  end();
  return *lost_;
}

Result<std::string> MeasuredProcess::ask(MessageKind kind, std::string_view body, MessageKind wanted,
                                         std::chrono::nanoseconds patience) {
  if (lost_) return fail(*lost_);
  const SteadyTime deadline = system_clock().now() + patience;
  Status sent = socket_.send(kind, body, deadline);
  if (!sent) return fail(lose(sent.error()));
  Result<Message> message = socket_.receive(deadline);
  if (!message && message.error().code == Code::kDeadlineExceeded) {
    return fail(lose({Code::kDeadlineExceeded, fmt::format("its process did not answer within {:.3g} s and was killed",
                                                           std::chrono::duration<double>(patience).count())}));
  }
  if (!message) return fail(lose(message.error()));
  if (message->kind == MessageKind::kFailed) {
    const auto error = parse_error(message->body);
    return error ? fail(*error) : fail(lose(error.error()));
  }
  if (message->kind != wanted) {
    return fail(lose({Code::kDataLoss, fmt::format("its process answered with a message of kind {}, expected {}",
                                                   static_cast<int>(message->kind), static_cast<int>(wanted))}));
  }
  return std::move(message->body);
}

Result<MemoryUse> MeasuredProcess::memory() {
  const std::string body = TRY(ask(MessageKind::kMemory, {}, MessageKind::kMemoryUse, run_patience_));
  return parse_memory_use(body);
}

Status MeasuredProcess::prepare(const ModelInfo& reference, std::span<const std::vector<Tensor>> input_sets) {
  for (const std::vector<Tensor>& set : input_sets) {
    TRY(ask(MessageKind::kAddInputs, encode_tensors(set), MessageKind::kDone, run_patience_));
  }
  TRY(ask(MessageKind::kPrepare, encode_info(reference), MessageKind::kDone, run_patience_));
  return {};
}

Result<Answer> MeasuredProcess::run_set(std::size_t set) {
  const std::string body = TRY(ask(MessageKind::kRunSet, encode_number(set), MessageKind::kAnswer, run_patience_));
  return parse_answer(body);
}

Result<Block> MeasuredProcess::run_block(std::chrono::nanoseconds duration) {
  const auto number = static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count()));
  const std::string body =
      TRY(ask(MessageKind::kRunBlock, encode_number(number), MessageKind::kBlock, run_patience_ + duration));
  return parse_block(body);
}

}  // namespace tandem::bench

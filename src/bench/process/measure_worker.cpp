// SPDX-License-Identifier: Apache-2.0
// One request, one answer.
#include "bench/process/measure_worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/process_memory.h"
#include "base/process_tree.h"
#include "bench/session_side.h"
#include "engine/engine_file.h"

namespace tandem::bench {
namespace {

constexpr std::size_t kMaxInputSets = 4096;
constexpr int kGraceAtTheEndMs = 2000;

struct Reply {
  MessageKind kind = MessageKind::kDone;
  std::string body;
};

class MeasureWorker final {
 public:
  explicit MeasureWorker(const EngineRegistry& engines) : engines_(engines) {}

  Result<Reply> answer(const Message& message) {
    switch (message.kind) {
      case MessageKind::kLoad: return load(message.body);
      case MessageKind::kAddInputs: return add_inputs(message.body);
      case MessageKind::kPrepare: return prepare(message.body);
      case MessageKind::kRunSet: return run_set(message.body);
      case MessageKind::kRunBlock: return run_block(message.body);
      case MessageKind::kMemory: return Reply{MessageKind::kMemoryUse, encode_memory_use(measure_memory())};
      default: break;
    }
    return invalid_argument(fmt::format("there is no request of kind {}", static_cast<std::uint32_t>(message.kind)));
  }

 private:
  MemoryUse measure_memory() const {
    MemoryUse use = memory_;
    const TreeMemory now = tree_memory(::getpid());
    use.now_bytes = now.proportional_bytes;
    use.peak_bytes = now.peak_resident_bytes;
    return use;
  }

  Result<Reply> load(std::string_view body) {
    if (session_) return fail(Code::kFailedPrecondition, "this process has loaded a model already");
    const LoadRequest request = TRY(parse_load(body));
    Engine* engine =
        request.engine.empty() ? TRY(engines_.for_file(request.model)) : TRY(engines_.find(request.engine));
    TRY(engine->available());
    LoadedContender loaded;
    const std::filesystem::path file = TRY(file_for_engine(*engine, request.model));
    memory_.before_load_bytes = tree_memory(::getpid()).proportional_bytes;
    const SteadyTime begin = system_clock().now();
    session_ = TRY(engine->load(file, request.options));
    loaded.load_ms = std::chrono::duration<double, std::milli>(system_clock().now() - begin).count();
    memory_.after_load_bytes = tree_memory(::getpid()).proportional_bytes;
    loaded.info = session_->info();
    loaded.engine = engine->name();
    loaded.version = engine->version();
    loaded.options = session_->describe();
    loaded.file = file.string();
    loaded.cores = session_->cores();
    loaded.memory = measure_memory();
    side_.emplace(*session_, system_clock(), request.options.instances);
    return Reply{MessageKind::kLoaded, encode_loaded(loaded)};
  }

  Result<Reply> add_inputs(std::string_view body) {
    if (prepared_) input_sets_.clear();  // others begin
    prepared_ = false;
    if (input_sets_.size() == kMaxInputSets) return fail(Code::kResourceExhausted, "no more inputs are taken");
    input_sets_.push_back(TRY(parse_tensors(body)));
    return Reply{};
  }

  Result<Reply> prepare(std::string_view body) {
    if (!side_) return fail(Code::kFailedPrecondition, "no model has been loaded");
    const ModelInfo reference = TRY(parse_info(body));
    TRY(side_->prepare(reference, input_sets_));
    prepared_ = true;
    return Reply{};
  }

  Result<Reply> run_set(std::string_view body) {
    const std::uint64_t set = TRY(parse_number(body));
    if (!prepared_ || set >= input_sets_.size()) {
      return invalid_argument(fmt::format("there is no input set {}", set));
    }
    const Answer answer = TRY(side_->run_set(set));
    return Reply{MessageKind::kAnswer, encode_answer(answer)};
  }

  Result<Reply> run_block(std::string_view body) {
    const std::uint64_t duration = TRY(parse_number(body));
    if (!prepared_) return fail(Code::kFailedPrecondition, "there are no inputs to run with");
    const Block block = TRY(side_->run_block(std::chrono::nanoseconds(duration)));
    return Reply{MessageKind::kBlock, encode_block(block)};
  }

  const EngineRegistry& engines_;
  std::unique_ptr<Session> session_;
  std::optional<SessionSide> side_;
  std::vector<std::vector<Tensor>> input_sets_;
  bool prepared_ = false;
  MemoryUse memory_;
};

void wait_for_hang_up(int socket, int stop) {
  for (;;) {
    std::array<pollfd, 2> waiting = {pollfd{socket, POLLRDHUP, 0}, pollfd{stop, POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) continue;
    if (waiting[1].revents != 0) return;
    if (waiting[0].revents != 0) break;
  }
  // Who waits for a request sees the same and ends as it should; this is for a run that does not return.
  pollfd stopping{stop, POLLIN, 0};
  if (::poll(&stopping, 1, kGraceAtTheEndMs) != 0) return;
  const std::vector<pid_t> tree = process_tree(::getpid());
  for (std::size_t i = 1; i < tree.size(); ++i) ::kill(tree[i], SIGKILL);
  ::_exit(1);
}

}  // namespace

Status serve_measurements(const EngineRegistry& engines, MessageSocket socket) {
  MeasureWorker worker(engines);
  for (;;) {
    const Result<Message> message = socket.receive(SteadyTime::max());
    if (!message && message.error().code == Code::kUnavailable) return {};
    if (!message) return fail(message.error());
    const Result<Reply> reply = worker.answer(*message);
    Status sent = reply ? socket.send(reply->kind, reply->body, SteadyTime::max())
                        : socket.send(MessageKind::kFailed, encode_error(reply.error()), SteadyTime::max());
    if (!sent && sent.error().code == Code::kUnavailable) return {};
    if (!sent) return sent;
  }
}

Result<EndWithPeer> EndWithPeer::watch(int socket) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return internal_error(fmt::format("cannot watch a connection: {}", std::strerror(errno)));
  }
  EndWithPeer watch{Descriptor(pipe[1])};
  watch.watcher_ = std::thread([socket, stop = Descriptor(pipe[0])] { wait_for_hang_up(socket, stop.get()); });
  return watch;
}

EndWithPeer::~EndWithPeer() {
  stop_.close();
  if (watcher_.joinable()) watcher_.join();
}

}  // namespace tandem::bench

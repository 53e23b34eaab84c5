// SPDX-License-Identifier: Apache-2.0
// What one call of the Python engine costs beyond the user's code: Session::run of a model that gives back what it got.
//
//   python_round_trip [ROUNDS]     TANDEM_PYTHON as for tandem; prints the medians in microseconds
//
// The floors are the same interpreter answering eight bytes over a socket pair and over two eventfds, and copies of as
// many bytes as the engine must copy. Every round runs each case for a moment, in turn, so that what else happens on
// the machine meets all of them alike; a ratio is taken within a round.
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "base/file.h"
#include "base/scratch_folder.h"
#include "base/subprocess.h"
#include "engines/python/python_engine.h"

namespace tandem {
namespace {

constexpr int kCallsPerRound = 40;
constexpr std::size_t kSmallBytes = 256;
constexpr std::size_t kImageBytes = std::size_t{4} * 3 * 224 * 224;

constexpr const char* kIdentity = R"(from tandem_worker import TensorSpec
class Model:
    def info(self):
        return {"inputs": [TensorSpec("x", "float32", ("batch", "width"))],
                "outputs": [TensorSpec("y", "float32", ("batch", "width"))]}
    def infer(self, inputs):
        return {"y": inputs["x"]}
)";
constexpr const char* kMean = R"(from tandem_worker import TensorSpec
class Model:
    def info(self):
        return {"inputs": [TensorSpec("x", "float32", ("batch", "width"))],
                "outputs": [TensorSpec("y", "float32", ("batch", 10))]}
    def infer(self, inputs):
        return {"y": inputs["x"][:, :10]}
)";
constexpr const char* kPong =
    "import os, sys\nread, write = os.read, os.write\n"
    "while True:\n    data = read(3, 8)\n    if not data: break\n    write(4, data)\n";

/// A bare interpreter that sends back what it reads from descriptor 3 to descriptor 4.
class PingPong final {
 public:
  PingPong(const std::string& interpreter, bool sockets) {
    std::array<int, 2> ours{};
    std::array<int, 2> theirs{};
    if (sockets) {
      std::array<int, 2> pair{};
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) std::abort();
      ours = {pair[0], pair[0]};
      theirs = {pair[1], pair[1]};
    } else {
      const int there = ::eventfd(0, EFD_CLOEXEC);
      const int back = ::eventfd(0, EFD_CLOEXEC);
      ours = theirs = {there, back};
    }
    write_ = ours[0];
    read_ = ours[1];
    process_ =
        std::make_unique<Subprocess>(*Subprocess::start({interpreter, {"-c", kPong}, {}, {theirs[0], theirs[1]}}));
    call();
  }

  void call() const {
    std::array<std::byte, 8> bytes{std::byte{1}};
    if (::write(write_, bytes.data(), bytes.size()) != 8) std::abort();
    pollfd waiting{read_, POLLIN, 0};
    ::poll(&waiting, 1, -1);
    if (::read(read_, bytes.data(), bytes.size()) != 8) std::abort();
  }

 private:
  int write_ = -1;
  int read_ = -1;
  std::unique_ptr<Subprocess> process_;
};

/// A model of the Python engine with its input and output in memory of ours.
class Model final {
 public:
  Model(Engine& engine, const std::filesystem::path& code, std::size_t bytes) {
    SessionOptions options;
    options.threads = 1;
    auto session = engine.load(code, options);
    if (!session) {
      fmt::print(stderr, "{}\n", session.error().message);
      std::exit(1);
    }
    session_ = std::move(*session);
    inputs_.push_back(*Tensor::allocate(DType::kFloat32, {1, static_cast<std::int64_t>(bytes / 4)}));
    std::memset(inputs_[0].mutable_data(), 0, bytes);
    outputs_.resize(1);
    call();
  }

  void call() {
    if (const Status done = session_->run(inputs_, outputs_); !done) {
      fmt::print(stderr, "{}\n", done.error().message);
      std::exit(1);
    }
  }

 private:
  std::unique_ptr<Session> session_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
};

struct Case {
  std::string name;
  std::function<void()> call;
  std::vector<double> medians_us = {};
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double measure_us(const std::function<void()>& call) {
  std::vector<double> times;
  for (int i = 0; i < kCallsPerRound; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  }
  return median(std::move(times));
}

void print(const std::vector<Case>& cases) {
  fmt::print("{:<34} {:>8} {:>8} {:>8} {:>14}\n", "p50 of rounds, microseconds", "lowest", "median", "highest",
             "over the floor");
  for (const Case& one : cases) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < one.medians_us.size(); ++i) {
      ratios.push_back(one.medians_us[i] / cases[0].medians_us[i]);
    }
    const auto [lowest, highest] = std::minmax_element(one.medians_us.begin(), one.medians_us.end());
    fmt::print("{:<34} {:>8.1f} {:>8.1f} {:>8.1f} {:>13.2f}x\n", one.name, *lowest, median(one.medians_us), *highest,
               median(ratios));
  }
}

int measure_all(int rounds) {
  auto options = python_options_from_environment();
  if (!options) return 1;
  const std::string interpreter = options->interpreter.empty() ? "python3" : options->interpreter;
  const auto engine = make_python_engine(options);
  auto folder = ScratchFolder::make(std::filesystem::temp_directory_path(), "round-trip");
  if (!folder) return 1;
  const auto identity = (*folder)->path() / "identity.py";
  const auto mean = (*folder)->path() / "first_ten.py";
  if (!write_file_atomic(identity, kIdentity) || !write_file_atomic(mean, kMean)) return 1;

  PingPong sockets(interpreter, true);
  PingPong events(interpreter, false);
  Model small(*engine, identity, kSmallBytes);
  Model image(*engine, identity, kImageBytes);
  Model classifier(*engine, mean, kImageBytes);
  std::vector<std::byte> from(kImageBytes);
  std::vector<std::byte> to(kImageBytes);
  std::vector<Case> cases;
  cases.push_back({"floor: socket pair, 8 bytes", [&] { sockets.call(); }});
  cases.push_back({"floor: eventfd, 8 bytes", [&] { events.call(); }});
  cases.push_back({"floor: one copy of 602,112 bytes", [&] { std::memcpy(to.data(), from.data(), to.size()); }});
  cases.push_back({"256 bytes there and back", [&] { small.call(); }});
  cases.push_back({"602,112 bytes there and back", [&] { image.call(); }});
  cases.push_back({"602,112 bytes there, 40 back", [&] { classifier.call(); }});
  for (int round = 0; round < rounds; ++round) {
    for (Case& one : cases) one.medians_us.push_back(measure_us(one.call));
  }
  print(cases);
  return 0;
}

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) { return tandem::measure_all(argc > 1 ? std::max(1, std::atoi(argv[1])) : 50); }

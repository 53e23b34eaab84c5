// SPDX-License-Identifier: Apache-2.0
// The server's whole path with models that cost next to nothing, for count.py, which counts what each kind of request
// executes.
//
// Run by valgrind --tool=callgrind --separate-threads=yes: a dump after each scenario, named as the scenario; the
// client is the main thread, everything else is the server. Prints the scenarios with the number of requests of each.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/protobuf_writer.h"
#include "instructions/grpc_client.h"
#include "serve/server/server.h"
#include "support/raw_http_client.h"
#include "support/temp_dir.h"
#include "support/text_engine.h"

namespace {

using namespace tandem;

constexpr std::int64_t kSmall = 64;
constexpr std::int64_t kImage = 3 * 224 * 224;
constexpr const char* kSmallModel = "double_mlp_small_20260101";
constexpr const char* kImageModel = "double_mlp_image_20260101";

/// x float32[batch, kImage] to y float32[batch, 1], the first of each row: next to nothing beside the request's own
/// cost.
std::unique_ptr<Session> first_value_session() {
  ModelInfo info = fake_vector_model(kImage);
  info.outputs[0].shape.dims[1] = Dim::fixed(1);
  return std::make_unique<FakeSession>(std::move(info),
                                       [](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
                                         const std::int64_t rows = inputs[0].shape()[0];
                                         if (outputs[0].empty())
                                           outputs[0] = TRY(Tensor::allocate(DType::kFloat32, Shape({rows, 1})));
                                         const auto y = outputs[0].mutable_values<float>();
                                         for (std::size_t row = 0; row < y.size(); ++row)
                                           y[row] = inputs[0].values<float>()[row * static_cast<std::size_t>(kImage)];
                                         return {};
                                       });
}

/// A model of the width that its "file" holds.
Result<std::unique_ptr<Session>> make_model(const std::string& text) {
  std::int64_t width = 0;
  if (!(std::istringstream(text) >> width)) return invalid_argument("expected a width, got '" + text + "'");
  return width == kImage ? first_value_session() : doubling_session(width);
}

std::string post(std::string_view model, const std::string& headers, const std::string& body) {
  return fmt::format("POST /v2/models/{}/infer HTTP/1.1\r\nHost: 127.0.0.1\r\n{}Content-Length: {}\r\n\r\n{}", model,
                     headers, body.size(), body);
}

std::string ones(std::int64_t width) {
  std::string tensor;
  for (std::int64_t i = 0; i < width; ++i) tensor += std::string_view("\0\0\x80\x3f", 4);
  return tensor;
}

/// `id` "": none.
std::string binary_request(std::string_view model, std::int64_t width, const std::string& id = "") {
  const std::string json = fmt::format(
      R"({{{}"inputs":[{{"name":"x","shape":[1,{}],"datatype":"FP32","parameters":{{"binary_data_size":{}}}}}],)"
      R"("outputs":[{{"name":"y","parameters":{{"binary_data":true}}}}]}})",
      id.empty() ? "" : fmt::format(R"("id":"{}",)", id), width, 4 * width);
  return post(model, fmt::format("Inference-Header-Content-Length: {}\r\n", json.size()), json + ones(width));
}

/// Seventeen digits each, as Python writes a float32 that it holds as a double.
std::string json_request(std::string_view model, std::int64_t width, bool binary_answer) {
  std::string data;
  for (std::int64_t i = 1; i <= width; ++i) {
    const double value = static_cast<double>(i) * 0.6180339887;
    data += fmt::format("{}{:.17g}", i == 1 ? "" : ",", value - static_cast<double>(static_cast<std::int64_t>(value)));
  }
  return post(model, "Content-Type: application/json\r\n",
              fmt::format(R"({{"inputs":[{{"name":"x","shape":[1,{}],"datatype":"FP32","data":[{}]}}],)"
                          R"("outputs":[{{"name":"y","parameters":{{"binary_data":{}}}}}]}})",
                          width, data, binary_answer));
}

/// A ModelInferRequest with raw contents (docs/formats/v2-grpc.md).
std::string grpc_message(std::string_view model, std::int64_t width) {
  ProtobufWriter input;
  input.text(1, "x");
  input.text(2, "FP32");
  input.packed(3, std::array<std::int64_t, 2>{1, width});
  ProtobufWriter request;
  request.text(1, model);
  request.message(5, std::move(input));
  request.text(7, ones(width));
  return request.bytes();
}

[[noreturn]] void give_up(const std::string& reason) {
  fmt::print(stderr, "serve_requests: {}\n", reason);
  std::exit(1);
}

/// Sends something and reads all of the answer.
using Ask = std::function<void()>;

/// Requests that are sent in one piece on a connection of their own.
Ask ask_over_http(std::uint16_t port, const std::string& request, int together) {
  std::string bytes;
  for (int i = 0; i < together; ++i) bytes += request;
  return [client = std::make_shared<RawHttpClient>(port), bytes, together] {
    client->send(bytes);
    for (int i = 0; i < together; ++i) {
      const RawHttpResponse answer = client->read_response();
      if (answer.status != 200) give_up(fmt::format("expected 200, got {}: {}", answer.status, answer.body));
    }
  };
}

/// Requests of which each has another id, so that the server has to read all of each.
Ask ask_with_ids(std::uint16_t port) {
  return [client = std::make_shared<RawHttpClient>(port), number = 10000]() mutable {
    client->send(binary_request(kSmallModel, kSmall, fmt::format("{}", number++)));
    if (client->read_response().status != 200) give_up("expected 200 for a request with an id");
  };
}

Ask ask_over_grpc(std::uint16_t port, const std::string& message, std::size_t answer_bytes) {
  constexpr std::string_view kPath = "/inference.GRPCInferenceService/ModelInfer";
  return [client = std::make_shared<GrpcClient>(port, kPath, message), answer_bytes] {
    const std::size_t got = client->call();
    if (got < answer_bytes) give_up(fmt::format("gRPC: expected at least {} bytes, got {}", answer_bytes, got));
  };
}

struct Scenario {
  const char* name;
  Ask ask;
  int together;  // requests of one ask
  int rounds;
};

std::vector<Scenario> make_scenarios(std::uint16_t port) {
  const std::string binary = binary_request(kSmallModel, kSmall);
  return {
      {"binary", ask_over_http(port, binary, 1), 1, 200},
      {"binary_with_id", ask_with_ids(port), 1, 200},
      {"binary_16_together", ask_over_http(port, binary, 16), 16, 20},
      {"grpc", ask_over_grpc(port, grpc_message(kSmallModel, kSmall), 4 * kSmall), 1, 200},
      {"json", ask_over_http(port, json_request(kSmallModel, kSmall, false), 1), 1, 200},
      {"json_image", ask_over_http(port, json_request(kImageModel, kImage, true), 1), 1, 3},
      {"binary_image", ask_over_http(port, binary_request(kImageModel, kImage), 1), 1, 20},
  };
}

/// What client and server tell each other: messages of a fixed size, so that none is read in two pieces.
class Channel final {
 public:
  explicit Channel(int fd) : fd_(fd) {}

  void tell(std::string_view what) const {
    std::array<char, 64> message{};
    what.copy(message.data(), message.size() - 1);
    if (::send(fd_, message.data(), message.size(), 0) < 0) give_up("the other process has gone");
  }
  /// "" when the other process has ended.
  std::string hear() const {
    std::array<char, 64> message{};
    return ::recv(fd_, message.data(), message.size(), 0) > 0 ? message.data() : "";
  }

 private:
  const int fd_;
};

/// What the first requests allocate is not theirs alone, so a few go ahead of those that count.
void run_scenario(const Scenario& scenario, const Channel& server) {
  for (int i = 0; i < 3; ++i) scenario.ask();
  server.tell("zero");
  server.hear();
  for (int i = 0; i < scenario.rounds; ++i) scenario.ask();
  server.tell(scenario.name);
  server.hear();
  fmt::print("{} {}\n", scenario.name, scenario.rounds * scenario.together);
}

int run_client(const Channel& server) {
  const auto port = static_cast<std::uint16_t>(std::strtoul(server.hear().c_str(), nullptr, 10));
  if (port == 0) return 1;
  for (const Scenario& scenario : make_scenarios(port)) run_scenario(scenario, server);
  return 0;
}

/// "zero" sets the counters back; any other name asks for a dump of that name.
void obey(const Channel& client) {
  for (std::string name = client.hear(); !name.empty(); name = client.hear()) {
    if (name == "zero") {
      CALLGRIND_ZERO_STATS;
    } else {
      CALLGRIND_DUMP_STATS_AT(name.c_str());
    }
    client.tell("done");
  }
}

void run_server(const Channel& client) {
  const TempDir folder;
  const auto weights = folder.path() / "weights";
  std::filesystem::create_directories(weights);
  std::ofstream(weights / fmt::format("{}.onnx", kSmallModel)) << kSmall;
  std::ofstream(weights / fmt::format("{}.onnx", kImageModel)) << kImage;
  EngineRegistry engines;
  engines.add(std::make_unique<TextEngine>("fake", make_model));

  serve::ServerOptions options;
  options.io_threads = 1;
  options.busy_poll = std::chrono::microseconds(0);                  // how often it would look depends on the time
  options.models.load.batcher.inline_limit = std::chrono::hours(1);  // under valgrind nothing is quick
  const auto server = serve::Server::start(folder.path(), engines, std::move(options));
  if (!server) give_up(server.error().message);
  client.tell(fmt::format("{}", (*server)->port()));
  obey(client);
}

}  // namespace

int main() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()) != 0) give_up("no socket pair");
  const pid_t child = ::fork();
  if (child < 0) give_up("cannot fork");
  ::close(ends[child == 0 ? 0 : 1]);
  if (child == 0) return run_client(Channel(ends[1]));
  run_server(Channel(ends[0]));
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

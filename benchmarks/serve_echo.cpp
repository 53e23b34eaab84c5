// SPDX-License-Identifier: Apache-2.0
// The cost of the HTTP server and of protocol V2 alone: a model that doubles float32[n,64], with nothing behind it.
//
//   serve_echo [PORT] [IO_THREADS]        then, in another terminal:
//   wrk -t1 -c64 -d10s -s benchmarks/v2_binary.lua http://127.0.0.1:PORT
// It prints its CPU time per request when it is ended with SIGTERM or SIGINT.
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "serve/http/server.h"
#include "serve/v2/routes.h"

namespace {

using namespace tandem;
using namespace tandem::serve;

class DoublingService final : public InferenceService {
 public:
  DoublingService() {
    auto model = std::make_shared<ServedModel>();
    model->name = "double";
    model->version = "1";
    const SymbolicShape shape{{Dim::symbol("batch"), Dim::symbol("width")}, false};
    model->info.inputs.push_back({"x", DType::kFloat32, shape, false});
    model->info.outputs.push_back({"y", DType::kFloat32, shape, false});
    model_ = std::move(model);
  }
  bool live() const override { return true; }
  bool ready() const override { return true; }
  Result<std::shared_ptr<const ServedModel>> find(std::string_view name, std::string_view) const override {
    if (name != model_->name) return not_found("the only model is 'double'");
    return model_;
  }
  void infer(const std::shared_ptr<const ServedModel>&, InferRequest request, InferCallback callback) override {
    requests_.fetch_add(1, std::memory_order_relaxed);
    const Tensor& input = request.inputs[0];
    auto output = Tensor::allocate(DType::kFloat32, input.shape());
    if (!output) return callback(fail(output.error()));
    const auto values = input.values<float>();
    const auto doubled = output->mutable_values<float>();
    for (std::size_t i = 0; i < values.size(); ++i) doubled[i] = 2 * values[i];
    InferResponse response;
    response.outputs.push_back(std::move(*output));
    callback(std::move(response));
  }
  std::vector<ModelState> index() const override { return {}; }
  Result<std::vector<ModelStatistics>> statistics(std::string_view, std::string_view) const override {
    return std::vector<ModelStatistics>();
  }
  std::uint64_t requests() const { return requests_.load(); }

 private:
  std::shared_ptr<const ServedModel> model_;
  std::atomic<std::uint64_t> requests_ = 0;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  DoublingService service;
  Router router;
  add_v2_routes(router, service, {});
  HttpServerOptions options;
  if (argc > 1) options.endpoints[0].port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  if (argc > 2) options.io_threads = std::atoi(argv[2]);
  auto server = HttpServer::start(options, router);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  std::printf("http://127.0.0.1:%d\n", (*server)->port());
  std::fflush(stdout);
  const double before = cpu_seconds();
  int signal = 0;
  sigwait(&signals, &signal);
  const double spent = cpu_seconds() - before;
  const std::uint64_t requests = service.requests();
  (*server)->stop();
  std::printf("%llu requests, %.2f us of CPU each\n", static_cast<unsigned long long>(requests),
              requests == 0 ? 0.0 : 1e6 * spent / static_cast<double>(requests));
  return 0;
}

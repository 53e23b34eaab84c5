// SPDX-License-Identifier: Apache-2.0
// tandem measure-worker: the process of one side of a comparison, started by this program itself; not for people.
#include <fcntl.h>

#include <CLI/CLI.hpp>

#include "app/command.h"
#include "app/verb.h"
#include "bench/process/measure_worker.h"

namespace tandem::app {
namespace {

constexpr int kInheritedSocket = 3;  // the first that Subprocess passes on

Status run_measure_worker(const Context& context) {
  if (::fcntl(kInheritedSocket, F_SETFD, FD_CLOEXEC) != 0) {
    return fail(Code::kFailedPrecondition, "this verb is started by tandem compare and tandem tune, not by hand");
  }
  bench::MessageSocket socket{Descriptor(kInheritedSocket)};
  const bench::EndWithPeer watch = TRY(bench::EndWithPeer::watch(socket.fd()));
  return bench::serve_measurements(context.engines, std::move(socket));
}

}  // namespace

void add_measure_worker_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb = add_verb(program, {"measure-worker", "Runs one model for a comparison of another process", ""});
  verb->group("");  // not listed
  verb->callback([&context, &action] {
    action = [&context] { return finish(context, "measure-worker", run_measure_worker(context)); };
  });
}

}  // namespace tandem::app

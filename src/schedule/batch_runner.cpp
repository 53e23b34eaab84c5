// SPDX-License-Identifier: Apache-2.0
// A batch that cannot run together runs one by one, so that one bad request fails alone.
#include "schedule/batch_runner.h"

#include <algorithm>
#include <utility>

namespace tandem {

Error expired_error() {
  return {Code::kDeadlineExceeded,
          "the request's deadline passed before the model was free; allow more time or send less"};
}

void answer_dead(std::vector<QueuedRequest> dead) {
  for (QueuedRequest& item : dead) {
    item.callback(item.is_abandoned()
                      ? fail(Code::kCancelled, "the client went away before its request was run; it was not run")
                      : fail(expired_error()));
  }
}

void BatchRunner::run(Batch batch, RunWidth width) {
  answer_dead(std::move(batch.dead));
  if (batch.items.size() > 1 && run_together(batch, width)) return;
  SteadyTime taken = batch.taken;
  for (QueuedRequest& item : batch.items) {
    run_alone(std::move(item), taken, width);
    if (batch.items.size() > 1) taken = clock_.now();
  }
}

/// False when the requests must run one by one: the outputs are not by rows, or one bad request spoils the run of all.
bool BatchRunner::run_together(Batch& batch, RunWidth width) {
  Session& session = session_of(width);
  std::vector<std::span<const Tensor>> requests;
  requests.reserve(batch.items.size());
  for (const QueuedRequest& item : batch.items) requests.emplace_back(item.inputs);
  const auto inputs = tensors_.join(requests);
  if (!inputs) return false;

  const SteadyTime joined = clock_.now();
  std::vector<Tensor> outputs(session.info().outputs.size());
  if (!session.run(*inputs, outputs)) return false;
  const SteadyTime computed = clock_.now();
  if (!splits_into(outputs, batch.rows)) {
    listener_.not_by_rows();
    return false;
  }

  std::vector<std::vector<Tensor>> parts;
  parts.reserve(batch.items.size());
  std::int64_t begin = 0;
  for (const QueuedRequest& item : batch.items) {
    parts.push_back(cut_rows(outputs, begin, item.rows));
    begin += item.rows;
  }
  BatchTiming timing{{}, joined - batch.taken, computed - joined, clock_.now() - computed, batch.rows};
  listener_.ran(timing, width);
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    timing.queue = batch.taken - batch.items[i].submitted;
    batch.items[i].callback(BatchAnswer{std::move(parts[i]), timing});
  }
  return true;
}

void BatchRunner::run_alone(QueuedRequest item, SteadyTime taken, RunWidth width) {
  Session& session = session_of(width);
  BatchAnswer answer;
  answer.outputs.resize(session.info().outputs.size());
  if (const Status status = session.run(item.inputs, answer.outputs); !status)
    return item.callback(fail(status.error()));
  answer.timing.queue = taken - item.submitted;
  answer.timing.compute_infer = clock_.now() - taken;
  answer.timing.batch_size = item.counted_rows();
  listener_.ran(answer.timing, width);
  item.callback(std::move(answer));
}

}  // namespace tandem

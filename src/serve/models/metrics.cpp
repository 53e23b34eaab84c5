// SPDX-License-Identifier: Apache-2.0
// One family after the other; within a family one sample a model.
#include "serve/models/metrics.h"

#include <fstream>

#include "serve/models/prometheus_text.h"

namespace tandem::serve {
namespace {

/// 4 us to 69 s, two buckets to an octave.
HistogramForm seconds_form() {
  HistogramForm form{1e-9, {}};
  for (int octave = 12; octave < 36; ++octave) {
    form.bounds.push_back(std::uint64_t{2} << (octave - 1));
    form.bounds.push_back(std::uint64_t{3} << (octave - 1));
  }
  form.bounds.push_back(std::uint64_t{1} << 36);
  return form;
}

HistogramForm rows_form() { return {1, {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}}; }

double to_seconds(std::chrono::microseconds time) { return std::chrono::duration<double>(time).count(); }

class Page {
 public:
  explicit Page(std::span<const ModelMetrics> models) : models_(models) {}

  template <typename Value>
  void counter(std::string_view name, std::string_view help, Value value) {
    numbers(name, "counter", help, value);
  }
  template <typename Value>
  void gauge(std::string_view name, std::string_view help, Value value) {
    numbers(name, "gauge", help, value);
  }
  void histogram(std::string_view name, std::string_view help, HistogramSnapshot ModelMetrics::* member,
                 const HistogramForm& form) {
    text_.family(name, "histogram", help);
    for (const ModelMetrics& model : models_) text_.histogram(labels(model), model.*member, form);
  }
  void load_durations() {
    text_.family("nv_model_load_duration_secs", "gauge", "What loading the model took, in seconds.");
    for (const ModelMetrics& model : models_) {
      text_.number(labels(model), std::chrono::duration<double>(model.load_time).count());
    }
  }
  void batches_by_reason() {
    text_.family("tandem_batches_total", "counter", "Runs by the reason why their batch was closed.");
    for (const ModelMetrics& model : models_) {
      for (std::size_t i = 0; i < kCloseReasonCount; ++i) {
        text_.number(labels(model, "reason", close_reason_name(static_cast<CloseReason>(i))), model.batches[i]);
      }
    }
  }
  void failures_by_reason() {
    text_.family("nv_inference_request_failure", "counter", "Number of failed inference requests.");
    for (const ModelMetrics& model : models_) {
      for (std::size_t i = 0; i < kFailureReasonCount; ++i) {
        text_.number(labels(model, "reason", failure_reason_name(static_cast<FailureReason>(i))), model.failures[i]);
      }
    }
  }
  void process(const ServerMetrics& server);
  std::string take() && { return std::move(text_).take(); }

 private:
  static Labels labels(const ModelMetrics& model) {
    return {{"model", model.statistics.name}, {"version", model.statistics.version}};
  }
  static Labels labels(const ModelMetrics& model, std::string_view name, std::string_view value) {
    Labels all = labels(model);
    all.emplace_back(name, value);
    return all;
  }
  template <typename Value>
  void numbers(std::string_view name, std::string_view kind, std::string_view help, Value value) {
    text_.family(name, kind, help);
    for (const ModelMetrics& model : models_) text_.number(labels(model), static_cast<std::uint64_t>(value(model)));
  }
  template <typename Value>
  void single(std::string_view name, std::string_view kind, std::string_view help, Value value) {
    text_.family(name, kind, help);
    text_.number({}, value);
  }

  std::span<const ModelMetrics> models_;
  PrometheusText text_;
};

void Page::process(const ServerMetrics& server) {
  const ProcessStats& process = server.process;
  single("process_resident_memory_bytes", "gauge", "Resident memory of the server.", process.resident_bytes);
  single("process_cpu_seconds_total", "counter", "User and system time of the server.",
         to_seconds(process.user_time + process.system_time));
  single("process_open_fds", "gauge", "Open file descriptors.", static_cast<std::uint64_t>(process.open_files));
  single("process_threads", "gauge", "Threads of the server.", static_cast<std::uint64_t>(process.threads));
  if (server.http_connections) {
    single("tandem_http_connections", "gauge", "Open HTTP connections.", std::uint64_t{*server.http_connections});
  }
  if (server.cpu_utilization) {
    single("nv_cpu_utilization", "gauge", "Share of the machine's cores that was busy since the page was last read.",
           *server.cpu_utilization);
  }
  if (server.memory_total_bytes == 0) return;
  single("nv_cpu_memory_total_bytes", "gauge", "Memory of the machine.", server.memory_total_bytes);
  single("nv_cpu_memory_used_bytes", "gauge", "Memory of the machine that is not available to programs.",
         server.memory_total_bytes - server.memory_available_bytes);
}

void write_ours(Page& page) {
  const HistogramForm seconds = seconds_form();
  page.histogram("tandem_request_duration_seconds", "From a request's arrival to its answer.",
                 &ModelMetrics::request_ns, seconds);
  page.histogram("tandem_queue_duration_seconds", "Wait for the model.", &ModelMetrics::queue_ns, seconds);
  page.histogram("tandem_compute_duration_seconds", "Joining, running and cutting of the batch.",
                 &ModelMetrics::compute_ns, seconds);
  page.histogram("tandem_batch_size", "Rows that ran together.", &ModelMetrics::batch_rows, rows_form());
  page.batches_by_reason();
  page.gauge("tandem_instances", "Runs of the model that may go on at the same time.",
             [](const ModelMetrics& model) { return model.batcher.instances; });
  page.gauge("tandem_instances_busy", "Instances that run now.",
             [](const ModelMetrics& model) { return model.batcher.busy_instances; });
  page.gauge("tandem_useful_batch_size",
             "Rows beyond which a batch brings less than a tenth; only a deep queue is taken in larger ones.",
             [](const ModelMetrics& model) { return model.batcher.useful_batch_size; });
  page.gauge("tandem_queue_depth", "Requests that wait for the model.",
             [](const ModelMetrics& model) { return model.batcher.queued_requests; });
}

void write_tritons(Page& page) {
  page.counter("nv_inference_request_success", "Number of successful inference requests.",
               [](const ModelMetrics& model) { return model.statistics.success.count; });
  page.failures_by_reason();
  page.counter("nv_inference_count", "Number of inferences performed (a batch of n counts n).",
               [](const ModelMetrics& model) { return model.statistics.inference_count; });
  page.counter("nv_inference_exec_count", "Number of model executions.",
               [](const ModelMetrics& model) { return model.statistics.execution_count; });
  page.counter("nv_inference_request_duration_us", "Cumulative request duration in microseconds.",
               [](const ModelMetrics& model) { return model.statistics.success.ns / 1000; });
  page.counter("nv_inference_queue_duration_us", "Cumulative queue duration in microseconds.",
               [](const ModelMetrics& model) { return model.statistics.queue.ns / 1000; });
  page.counter("nv_inference_compute_input_duration_us", "Cumulative input preparation in microseconds.",
               [](const ModelMetrics& model) { return model.statistics.compute_input.ns / 1000; });
  page.counter("nv_inference_compute_infer_duration_us", "Cumulative model execution in microseconds.",
               [](const ModelMetrics& model) { return model.statistics.compute_infer.ns / 1000; });
  page.counter("nv_inference_compute_output_duration_us", "Cumulative output handling in microseconds.",
               [](const ModelMetrics& model) { return model.statistics.compute_output.ns / 1000; });
  page.gauge("nv_inference_pending_request_count", "Requests that are not answered yet.",
             [](const ModelMetrics& model) { return model.pending; });
  page.load_durations();
}

}  // namespace

ServerMetrics read_server_metrics() {
  ServerMetrics server;
  server.process = process_stats();
  std::ifstream in("/proc/meminfo");
  std::string key;
  std::string unit;
  for (std::uint64_t kib = 0; in >> key >> kib; std::getline(in, unit)) {
    if (key == "MemTotal:") server.memory_total_bytes = kib * 1024;
    if (key == "MemAvailable:") server.memory_available_bytes = kib * 1024;
  }
  return server;
}

std::string metrics_text(std::span<const ModelMetrics> models, const ServerMetrics& server) {
  Page page(models);
  write_ours(page);
  write_tritons(page);
  page.process(server);
  return std::move(page).take();
}

}  // namespace tandem::serve

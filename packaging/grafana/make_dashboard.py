#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tandem.json, the Grafana board. usage: make_dashboard.py > tandem.json"""

import json

MODEL = 'model=~"$model"'
RATE = "$__rate_interval"


def quantile(q, metric):
    return f"histogram_quantile({q}, sum by (le, model) (rate({metric}_bucket{{{MODEL}}}[{RATE}])))"


def total(metric, by="model", labels=MODEL):
    return f"sum by ({by}) (rate({metric}{{{labels}}}[{RATE}]))"


# (title, unit, [(expression, legend)], help)
ROWS = {
    "What users see": [
        ("Answers per second", "reqps", [(total("nv_inference_request_success"), "{{model}}")], "Successful requests."),
        ("Failures per second", "reqps",
         [(total("nv_inference_request_failure", "model, reason"), "{{model}} {{reason}}")],
         "REJECTED: full queue, deadline or drain. BACKEND: the model failed."),
        ("Latency p50 and p99", "s",
         [(quantile(0.5, "tandem_request_duration_seconds"), "p50 {{model}}"),
          (quantile(0.99, "tandem_request_duration_seconds"), "p99 {{model}}")],
         "From a request's arrival to its answer."),
        ("Ready", "none", [("tandem_ready", "{{instance}}")], "1 when the readiness probe says so."),
    ],
    "Where the time goes": [
        ("Queue p99", "s", [(quantile(0.99, "tandem_queue_duration_seconds"), "{{model}}")], "Wait for the model."),
        ("Compute p99", "s", [(quantile(0.99, "tandem_compute_duration_seconds"), "{{model}}")], "One run."),
        ("Waiting requests", "none", [(f"sum by (model) (tandem_queue_depth{{{MODEL}}})", "{{model}}")],
         "Grows without end: the model is too slow for what is asked."),
        ("Open requests", "none",
         [(f"sum by (model) (nv_inference_pending_request_count{{{MODEL}}})", "{{model}}")], "Not answered yet."),
    ],
    "Batching": [
        ("Rows per run", "none",
         [(f"sum by (model) (rate(nv_inference_count{{{MODEL}}}[{RATE}])) / "
           f"sum by (model) (rate(nv_inference_exec_count{{{MODEL}}}[{RATE}]))", "{{model}}")],
         "1: requests come one by one, or the model cannot batch."),
        ("Why batches closed", "none", [(total("tandem_batches_total", "reason"), "{{reason}}")], "Runs per second."),
    ],
    "The process": [
        ("CPU", "none", [(f"rate(process_cpu_seconds_total[{RATE}])", "{{instance}}")], "Cores in use."),
        ("Memory", "bytes", [("process_resident_memory_bytes", "{{instance}}")], "Resident."),
        ("Connections", "none", [("tandem_http_connections", "{{instance}}")], "Open HTTP connections."),
        ("Files", "none", [("process_open_fds", "{{instance}}")], "Open descriptors."),
    ],
    "Switched on by flags": [
        ("Cache hits", "percentunit",
         [(f"sum by (model) (rate(nv_cache_num_hits_per_model{{{MODEL}}}[{RATE}])) / (sum by (model) "
           f"(rate(nv_cache_num_hits_per_model{{{MODEL}}}[{RATE}])) + sum by (model) "
           f"(rate(nv_cache_num_misses_per_model{{{MODEL}}}[{RATE}])))", "{{model}}")], "Share of the requests."),
        ("Cache memory", "bytes", [("tandem_response_cache_bytes", "{{instance}}")], "--response-cache-mb."),
        ("Lost log lines and traces", "none",
         [(f"rate(tandem_access_log_dropped_total[{RATE}])", "log {{instance}}"),
          (f"rate(tandem_traces_dropped_total[{RATE}])", "traces {{instance}}")],
         "Not 0: the disk or the collector cannot keep up. No request suffers from it."),
    ],
}
SOURCE = {"type": "prometheus", "uid": "${source}"}


def panel(number, place, title, unit, queries, description):
    targets = [{"refId": chr(ord("A") + i), "expr": expression, "legendFormat": legend, "datasource": SOURCE}
               for i, (expression, legend) in enumerate(queries)]
    return {"id": number, "type": "timeseries", "title": title, "description": description, "datasource": SOURCE,
            "gridPos": place, "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
            "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
            "targets": targets}


def make():
    panels, y = [], 0
    for row, entries in ROWS.items():
        panels.append({"id": len(panels) + 1, "type": "row", "title": row, "collapsed": False, "panels": [],
                       "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}})
        width = 24 // len(entries)
        for i, entry in enumerate(entries):
            panels.append(panel(len(panels) + 1, {"h": 8, "w": width, "x": i * width, "y": y + 1}, *entry))
        y += 9
    variables = [
        {"name": "source", "type": "datasource", "query": "prometheus", "label": "Source"},
        {"name": "model", "type": "query", "label": "Model", "datasource": SOURCE, "multi": True, "includeAll": True,
         "query": "label_values(nv_inference_request_success, model)", "refresh": 2,
         "current": {"text": "All", "value": "$__all"}},
    ]
    return {"title": "Tandem", "uid": "tandem", "schemaVersion": 39, "editable": True, "refresh": "10s",
            "time": {"from": "now-1h", "to": "now"}, "templating": {"list": variables}, "panels": panels}


if __name__ == "__main__":
    print(json.dumps(make(), indent=1))

// SPDX-License-Identifier: Apache-2.0
// Each element is written together with the bracket that ends the array, over the bracket before it.
#include "serve/settings/trace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace tandem::serve {

Result<TraceFile> TraceFile::create(std::filesystem::path path) {
  constexpr mode_t kMode = 0640;
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!file.is_open()) return fail(errno_error("create trace file", path));
  TraceFile created(std::move(path), std::move(file));
  TRY(write_all(created.file_, "[\n]\n", created.path_));
  created.end_ = 1;
  return created;
}

Status TraceFile::append(std::string_view element) {
  std::string text = elements_ == 0 ? "\n" : ",\n";
  text += element;
  const auto grown = static_cast<std::int64_t>(text.size());
  text += "\n]\n";
  if (::lseek(file_.get(), end_, SEEK_SET) < 0) return fail(errno_error("write", path_));
  TRY(write_all(file_, text, path_));
  end_ += grown;
  ++elements_;
  return {};
}

}  // namespace tandem::serve

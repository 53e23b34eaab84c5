// SPDX-License-Identifier: Apache-2.0
// The one place where sessions are made.
#include "engines/onnxruntime/create_session.h"

#include <onnxruntime_c_api.h>

namespace tandem::onnxruntime {
namespace {

/// The interface has one word for every model that cannot be run: invalid_argument.
Error load_error(Error error) {
  if (error.code != Code::kResourceExhausted) error.code = Code::kInvalidArgument;
  error.message = "ONNX Runtime does not take the model: " + error.message;
  return error;
}

}  // namespace

Result<Handle<OrtSession>> create_session(const Runtime& runtime, const ModelSource& source,
                                          const OrtSessionOptions& options) {
  const OrtApi& api = runtime.api();
  OrtSession* session = nullptr;
  // By path, ONNX Runtime finds weights that lie beside the file.
  OrtStatus* status = source.path.empty() ? api.CreateSessionFromArray(&runtime.env(), source.bytes.data(),
                                                                       source.bytes.size(), &options, &session)
                                          : api.CreateSession(&runtime.env(), source.path.c_str(), &options, &session);
  if (status != nullptr) return fail(load_error(take_error(api, status)));
  return Handle<OrtSession>(session, api.ReleaseSession);
}

}  // namespace tandem::onnxruntime

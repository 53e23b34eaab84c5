// SPDX-License-Identifier: Apache-2.0
// One line a file; one that passes although the list says it cannot is wrong, too.
#include "conformance/golden_cases.h"

#include <fmt/format.h>

#include "conformance/cannot_list.h"
#include "graph/onnx_writer.h"

namespace tandem::conformance {

Result<Tensor> golden_array(const std::vector<NamedTensor>& golden, const std::string& name) {
  const Tensor* found = find_tensor(golden, name);
  if (found == nullptr) return not_found(fmt::format("the golden file has no array '{}'", name));
  return found->view();
}

Result<std::vector<Tensor>> run_on_golden(Engine& engine, const graph::Model& model,
                                          const std::vector<NamedTensor>& golden) {
  const std::string bytes = TRY(encode_onnx(model)).bytes();
  const auto session = TRY(engine.load_bytes(std::as_bytes(std::span(bytes)), SessionOptions{}));
  std::vector<Tensor> inputs;
  for (const TensorSpec& input : session->info().inputs) inputs.push_back(TRY(golden_array(golden, input.name)));
  return session->run(inputs);
}

int check_files(const std::vector<std::filesystem::path>& files, const std::filesystem::path& cannot_list,
                const std::function<Status(const std::filesystem::path& file)>& check) {
  const auto list = read_cannot_list(cannot_list);
  if (!list) {
    fmt::print(stderr, "{}\n", list.error().message);
    return 1;
  }
  int passed = 0;
  int wrong = 0;
  for (const std::filesystem::path& file : files) {
    const std::string name = file.stem().string();
    const Status status = check(file);
    const Cannot* cannot = find_cannot(*list, name, status);
    if (status.has_value() == (cannot == nullptr)) {
      fmt::print("{}  {}{}\n", status ? "passed" : "cannot", name, cannot == nullptr ? "" : ": " + cannot->reason);
      passed += status ? 1 : 0;
    } else {
      fmt::print("FAILED  {}: {}\n", name, status ? "passes; the list says it cannot" : status.error().message);
      ++wrong;
    }
  }
  if (passed == 0) fmt::print("no file was converted\n");
  return wrong == 0 && passed > 0 ? 0 : 1;
}

}  // namespace tandem::conformance

// SPDX-License-Identifier: Apache-2.0
// Tables of names.
#include "formats/torch_types.h"

#include <algorithm>
#include <array>
#include <string>

#include "formats/named_dtype.h"
#include "formats/pickle_calls.h"

namespace tandem {
namespace {

constexpr std::array<NamedDType, 16> kStorageTypes = {{{"FloatStorage", DType::kFloat32},
                                                       {"DoubleStorage", DType::kFloat64},
                                                       {"HalfStorage", DType::kFloat16},
                                                       {"BFloat16Storage", DType::kBfloat16},
                                                       {"LongStorage", DType::kInt64},
                                                       {"IntStorage", DType::kInt32},
                                                       {"ShortStorage", DType::kInt16},
                                                       {"CharStorage", DType::kInt8},
                                                       {"ByteStorage", DType::kUint8},
                                                       {"BoolStorage", DType::kBool},
                                                       {"ComplexFloatStorage", DType::kComplex64},
                                                       {"ComplexDoubleStorage", DType::kComplex128},
                                                       {"QInt8Storage", DType::kInt8},
                                                       {"QUInt8Storage", DType::kUint8},
                                                       {"QInt32Storage", DType::kInt32},
                                                       {"UntypedStorage", DType::kUint8}}};

constexpr std::array<NamedDType, 25> kTorchDtypes = {{{"float32", DType::kFloat32},
                                                      {"float", DType::kFloat32},
                                                      {"float64", DType::kFloat64},
                                                      {"double", DType::kFloat64},
                                                      {"float16", DType::kFloat16},
                                                      {"half", DType::kFloat16},
                                                      {"bfloat16", DType::kBfloat16},
                                                      {"int64", DType::kInt64},
                                                      {"long", DType::kInt64},
                                                      {"int32", DType::kInt32},
                                                      {"int", DType::kInt32},
                                                      {"int16", DType::kInt16},
                                                      {"int8", DType::kInt8},
                                                      {"uint8", DType::kUint8},
                                                      {"uint16", DType::kUint16},
                                                      {"uint32", DType::kUint32},
                                                      {"uint64", DType::kUint64},
                                                      {"bool", DType::kBool},
                                                      {"float8_e4m3fn", DType::kFloat8e4m3fn},
                                                      {"float8_e4m3fnuz", DType::kFloat8e4m3fnuz},
                                                      {"float8_e5m2", DType::kFloat8e5m2},
                                                      {"float8_e5m2fnuz", DType::kFloat8e5m2fnuz},
                                                      {"complex64", DType::kComplex64},
                                                      {"complex128", DType::kComplex128},
                                                      {"cfloat", DType::kComplex64}}};

/// Names that stand for themselves; what is called to make data is in pickle_calls.cpp.
constexpr std::array<std::string_view, 9> kDataNames = {"torch.device",
                                                        "torch.per_channel_affine",
                                                        "torch.per_channel_affine_float_qparams",
                                                        "torch.per_tensor_affine",
                                                        "torch.serialization._get_layout",
                                                        "torch.storage.UntypedStorage",
                                                        "torch.Tensor",
                                                        "numpy.dtype",
                                                        "numpy.ndarray"};

}  // namespace

std::optional<DType> torch_storage_dtype(std::string_view name) { return find_dtype(kStorageTypes, name); }

std::optional<DType> torch_dtype(std::string_view name) { return find_dtype(kTorchDtypes, name); }

bool is_known_torch_global(std::string_view dotted_name) {
  if (std::find(kDataNames.begin(), kDataNames.end(), dotted_name) != kDataNames.end()) return true;
  const std::size_t dot = dotted_name.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view module = dotted_name.substr(0, dot);
  const std::string_view name = dotted_name.substr(dot + 1);
  if (pickle_call(module, name) != PickleCall::kUnknown) return true;
  if (module == "torch") return torch_storage_dtype(name).has_value() || torch_dtype(name).has_value();
  return module == "torch.cuda" && torch_storage_dtype(name).has_value();
}

}  // namespace tandem

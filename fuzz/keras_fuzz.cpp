// SPDX-License-Identifier: Apache-2.0
// Any bytes as a Keras model: a whole file, or, when they begin with '{', the configuration of a model without weights.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "convert/keras/keras_model.h"

namespace {

using tandem::convert::keras::KerasFile;

/// The smallest HDF5 file: a superblock of version 2 and the header of an empty root group.
constexpr std::size_t kRoot = 48;
std::array<std::byte, 64> empty_hdf5() {
  std::array<std::byte, 64> bytes{};
  std::memcpy(bytes.data(), "\x89HDF\r\n\x1a\n\x02\x08\x08", 11);
  bytes[28] = std::byte{bytes.size()};  // the end of the file
  bytes[36] = std::byte{kRoot};
  std::memcpy(bytes.data() + kRoot, "OHDR\x02", 5);
  return bytes;
}

tandem::Result<KerasFile> without_weights(std::string_view json) {
  static const auto kEmpty = empty_hdf5();
  KerasFile file;
  file.config = TRY(tandem::convert::keras::ConfigValue::parse(json));
  file.weights = std::make_shared<const tandem::hdf5::File>(TRY(tandem::hdf5::File::open(kEmpty)));
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = text.starts_with('{')
                        ? without_weights(text)
                        : tandem::convert::keras::read_keras(std::as_bytes(std::span(data, size)), nullptr);
  if (!file) return 0;
  static_cast<void>(tandem::convert::keras::summarize_keras(*file));
  static_cast<void>(tandem::convert::keras::convert_keras(*file));
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// What a person may say of a converted model's inputs and outputs: their names, their sizes, and names of dimensions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"

namespace tandem::convert {

/// "12" is a fixed size, anything else a name.
Dim dim_from(const std::string& text);

/// The shape that options.input_shapes gives to the input; null when they say nothing of it.
const std::vector<std::int64_t>* asked_shape(const ConvertOptions& options, std::string_view input);

/// What options.names call the input or output; its own name when they say nothing of it.
std::string renamed(const ConvertOptions& options, std::string name);

/// What options.dims make of an open dimension of that name: a fixed size, or one of another name.
Dim open_dim(const ConvertOptions& options, std::string name);

/// Where the channels of images stand in a framework.
enum class ChannelsAt { kFront, kBack };
/// Fixed sizes, and open dimensions (-1) with names that tell what they usually are: "batch", "height".
/// prefix   before all names but the batch's
SymbolicShape with_named_dims(const std::vector<std::int64_t>& dims, ChannelsAt channels,
                              const std::string& prefix = {});

/// Makes the inputs and outputs what options.input_shapes, dims and names say, in this order. A dynamic dimension that
/// is fixed in one place is fixed wherever it has that name. For importers whose own code does not look at these.
/// Errors: invalid_argument (a name that no model has, with those it has; a shape that does not fit; two values of one
/// name).
Status shape_interface(Conversion& conversion, const ConvertOptions& options);

/// For importers that look at the options themselves: that nothing was passed over in silence.
/// Errors: invalid_argument (a name that no model has, with those it has).
Status check_interface(const Conversion& conversion, const ConvertOptions& options);

}  // namespace tandem::convert

// SPDX-License-Identifier: Apache-2.0
// What a person may say of a converted model's inputs and outputs: their names, their sizes, and names of dimensions.
#pragma once

#include <string>

#include "base/error.h"
#include "convert/conversion.h"

namespace tandem::convert {

/// "12" is a fixed size, anything else a name.
Dim dim_from(const std::string& text);

/// Makes the inputs and outputs what options.input_shapes, dims and names say, in this order. A dynamic dimension that
/// is fixed in one place is fixed wherever it has that name. For importers whose own code does not look at these.
/// Errors: invalid_argument (a name that no model has, with those it has; a shape that does not fit; two values of one
/// name).
Status shape_interface(Conversion& conversion, const ConvertOptions& options);

/// For importers that look at the options themselves: that nothing was passed over in silence.
/// Errors: invalid_argument (a name that no model has, with those it has).
Status check_interface(const Conversion& conversion, const ConvertOptions& options);

}  // namespace tandem::convert

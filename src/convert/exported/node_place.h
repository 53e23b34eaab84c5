// SPDX-License-Identifier: Apache-2.0
// Where in the user's network a node of an exported program comes from.
#pragma once

#include <string>
#include <string_view>

#include "convert/aten/call.h"

namespace tandem::convert::exported {

/// nn_module_stack  "L__self__,,app.Net;L__self__conv,conv,torch.nn.modules.conv.Conv2d"
/// stack_trace      Python's, innermost last
aten::Place place_of(std::string_view nn_module_stack, std::string_view stack_trace);

/// The class of the network itself, without its module: "Net"; "" when the stack does not say.
std::string network_class(std::string_view nn_module_stack);

}  // namespace tandem::convert::exported

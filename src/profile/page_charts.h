// SPDX-License-Identifier: Apache-2.0
// The two pictures of the profile's page: the roofline, and the parts of the network by time.
#pragma once

#include <string>

#include "profile/profile_report.h"
#include "profile/scope_tree.h"

namespace tandem::profile {

/// "c0" to "c9": the class that has the operator's colour. The ten longest have one each, all others share the last.
std::string color_class(const ProfileReport& report, const std::string& label);

/// Inline SVG: a circle for each node whose work is known, its area that of its time. "" without a peak or such nodes.
std::string draw_roofline(const ProfileReport& report);

/// The scopes from the whole down to the nodes, each as wide as its time; the page's script widens one that is clicked.
std::string draw_parts(const ProfileReport& report, const Scope& root);

}  // namespace tandem::profile

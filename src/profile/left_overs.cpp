// SPDX-License-Identifier: Apache-2.0
// A table of pairs, held against every edge of the graph that ran.
#include "profile/left_overs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace tandem::profile {
namespace {

enum class Spared { kFirst, kSecond, kBoth };

struct KnownPair {
  std::string_view first;  // operators, with spaces around each; "" where one node is enough
  std::string_view second;
  Spared spared;
  std::string_view advice;
};

constexpr std::string_view kActivationNames = " Relu Clip Sigmoid Tanh LeakyRelu HardSigmoid ";
constexpr std::string_view kFloatWork =
    " Conv FusedConv ConvTranspose MatMul FusedMatMul Gemm Add Sub Mul Div Relu Clip LeakyRelu Sigmoid Tanh "
    "HardSigmoid "
    "HardSwish Erf Gelu BiasGelu QuickGelu MaxPool AveragePool GlobalAveragePool ReduceMean Concat Pad Slice Split "
    "Resize "
    "Upsample Reshape Transpose Softmax InstanceNormalization BatchNormalization LayerNormalization "
    "SkipLayerNormalization ";

constexpr KnownPair kPairs[] = {
    {" Conv FusedConv ConvTranspose Gemm MatMul ", " BatchNormalization ", Spared::kSecond,
     "its factor and summand could be multiplied into the weights before it"},
    {" Conv Gemm ", kActivationNames, Spared::kSecond, "the operator before it could apply it as it writes"},
    {" Conv FusedConv ", " Add Sum ", Spared::kSecond,
     "the convolution before it could add the second summand as it writes"},
    {" MatMul ", " Add ", Spared::kSecond,
     "as a Gemm, which engines make of matrices of two dimensions, it would cost nothing"},
    {" Sigmoid ", " Mul ", Spared::kBoth, "x * sigmoid(x) could be one operator (Swish, QuickGelu)"},
    {"", " Erf ", Spared::kSecond,
     "a Gelu that was not recognized: with its Div, Add and two Mul it could be one operator"},
    {" ReduceMean ", " Sub ", Spared::kBoth, "a normalization in pieces that was not recognized as one operator"},
    {" Transpose ", " Transpose ", Spared::kBoth, "two in a row could be one, or none"},
    {" Cast ", " Cast ", Spared::kBoth, "two in a row could be one, or none"},
    {" Reshape ", " Reshape ", Spared::kFirst, "two in a row could be one"},
    {" ReorderOutput ", " ReorderInput ", Spared::kBoth, "the layout changes there and back again"},
    {" ReorderOutput ", " Transpose ", Spared::kBoth, "the layout changes twice; one change would do"},
    {" Transpose ", " ReorderInput ", Spared::kBoth, "the layout changes twice; one change would do"},
    {" Transpose ", " QLinearConv ", Spared::kFirst,
     "the layout changes before an operator on integers; with more of its kind around it, it would not"},
    {" QLinearConv ", " Transpose ", Spared::kSecond,
     "the layout changes behind an operator on integers; with more of its kind around it, it would not"},
    {" DequantizeLinear ", " QuantizeLinear ", Spared::kBoth,
     "from integers to floats and back, with nothing in between"},
    {" DequantizeLinear ", kFloatWork, Spared::kFirst,
     "the operator behind it computes in floats: no kernel for integers took it"},
};

bool lists(std::string_view operators, const std::string& op) {
  return operators.empty() || operators.find(" " + op + " ") != std::string_view::npos;
}

/// Who makes and who takes the values of the graph that ran.
class RanGraph final {
 public:
  explicit RanGraph(const ExecutionProfile& profile) {
    for (std::size_t i = 0; i < profile.nodes.size(); ++i) {
      for (const ProfiledValue& value : profile.nodes[i].outputs) {
        if (!value.name.empty()) makers_[value.name] = i;
      }
      for (const ProfiledValue& value : profile.nodes[i].inputs) ++takers_[value.name];
    }
  }

  /// The node before, when nobody else needs what it makes.
  std::optional<std::size_t> only_before(const ProfiledValue& input) const {
    const auto maker = makers_.find(input.name);
    const auto takers = takers_.find(input.name);
    if (maker == makers_.end() || takers == takers_.end() || takers->second != 1) return std::nullopt;
    return maker->second;
  }

 private:
  std::map<std::string, std::size_t, std::less<>> makers_;
  std::map<std::string, std::size_t, std::less<>> takers_;
};

class LeftOverFinder final {
 public:
  LeftOverFinder(const ExecutionProfile& profile, const ProfileSummary& summary) : profile_(profile), graph_(profile) {
    ms_.resize(profile.nodes.size());
    for (const NodeRow& row : summary.nodes) ms_[row.node] = row.load.ms;
  }

  std::vector<LeftOver> find() {
    for (std::size_t node = 0; node < profile_.nodes.size(); ++node) {
      match_alone(node);
      for (const ProfiledValue& input : profile_.nodes[node].inputs) {
        if (const auto before = graph_.only_before(input)) match_pair(*before, node);
      }
    }
    std::vector<LeftOver> all;
    for (auto& [key, found] : found_) all.push_back(std::move(found));
    std::ranges::stable_sort(all, std::greater<>(), &LeftOver::ms);
    return all;
  }

 private:
  void match_alone(std::size_t node) {
    for (const KnownPair& pair : kPairs) {
      if (pair.first.empty() && lists(pair.second, profile_.nodes[node].op)) spare(node, add(pair, "", node));
    }
  }

  void match_pair(std::size_t before, std::size_t node) {
    const ProfiledNode& first = profile_.nodes[before];
    const ProfiledNode& second = profile_.nodes[node];
    for (const KnownPair& pair : kPairs) {
      if (pair.first.empty() || !lists(pair.first, first.op) || !lists(pair.second, second.op)) continue;
      // One that applies a function already has no room for another.
      if (pair.second == kActivationNames && first.texts.contains("activation")) continue;
      LeftOver& found = add(pair, first.op, node);
      if (pair.spared != Spared::kSecond) spare(before, found);
      if (pair.spared != Spared::kFirst) spare(node, found);
      return;
    }
  }

  LeftOver& add(const KnownPair& pair, std::string_view first, std::size_t second) {
    const std::string& op = profile_.nodes[second].op;
    // Whatever computes in floats is of one kind; an activation or a sum is one of its own.
    const bool of_one_kind = pair.second == kFloatWork;
    LeftOver& found = found_[{std::string(first), of_one_kind ? "" : op}];
    found.first = first;
    found.second = found.second.empty() || found.second == op ? op : "others";
    found.advice = pair.advice;
    return found;
  }

  void spare(std::size_t node, LeftOver& found) const {
    if (std::ranges::find(found.nodes, node) != found.nodes.end()) return;
    found.nodes.push_back(node);
    found.ms += ms_[node];
  }

  using Key = std::pair<std::string, std::string>;

  const ExecutionProfile& profile_;
  const RanGraph graph_;
  std::vector<double> ms_;  // by node
  std::map<Key, LeftOver> found_;
};

}  // namespace

std::vector<LeftOver> find_left_overs(const ExecutionProfile& profile, const ProfileSummary& summary) {
  return LeftOverFinder(profile, summary).find();
}

}  // namespace tandem::profile

// SPDX-License-Identifier: Apache-2.0
// The draws in the order in which the Python takes them, each in a statement of its own.
#include "domains/caption/scene_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <numbers>
#include <utility>

namespace tandem::caption {
namespace {

constexpr double kFullTurn = 2 * std::numbers::pi;
constexpr double kThingGap = .02;  // between two things

struct SizeClass {
  std::string_view word;
  Range radius;
};
constexpr std::array<SizeClass, 2> kSizes = {{{"small", {.07, .095}}, {"large", {.125, .16}}}};

struct NamedColor {
  std::string_view word;
  Rgb rgb;
};
constexpr std::array<NamedColor, 5> kColors = {{{"red", {.85, .12, .12}},
                                                {"green", {.12, .65, .18}},
                                                {"blue", {.12, .25, .85}},
                                                {"yellow", {.92, .82, .12}},
                                                {"purple", {.55, .15, .70}}}};

/// By SceneShape.
constexpr std::array<std::string_view, 5> kShapes = {"circle", "square", "triangle", "ring", "cross"};

struct BackgroundClass {
  std::string_view word;
  Range level;
};
constexpr std::array<BackgroundClass, 2> kBackgrounds = {{{"dark", {.08, .30}}, {"bright", {.68, .90}}}};

struct Place {
  std::string_view words;
  bool horizontal;  // it is at the left or right, not at the top or bottom
  int side;         // -1: left or top; 1: right or bottom; 0: in the center
};
constexpr std::array<Place, 5> kPlaces = {{{"at the left", true, -1},
                                           {"at the right", true, 1},
                                           {"at the top", false, -1},
                                           {"at the bottom", false, 1},
                                           {"in the center", false, 0}}};

struct Relation {
  std::string_view words;
  bool horizontal;    // beside each other, not above each other
  bool first_nearer;  // the thing that is said first is nearer to the left or upper edge
};
constexpr std::array<Relation, 4> kRelations = {
    {{"left of", true, true}, {"right of", true, false}, {"above", false, true}, {"below", false, false}}};
/// Of two things of one size, the nearer one is said first.
constexpr std::array<Relation, 2> kRelationsOfEquals = {kRelations[0], kRelations[2]};

std::string words_of(const SceneThing& thing) {
  return fmt::format("a {} {} {}", kSizes[thing.size].word, kColors[thing.color].word,
                     kShapes[static_cast<std::size_t>(thing.shape)]);
}

SceneBackground draw_background(SceneDraws& draws) {
  SceneBackground background;
  const BackgroundClass& chosen = kBackgrounds[draws.choose(kBackgrounds.size())];
  background.word = chosen.word;
  const double level = draws.uniform(chosen.level);
  for (double& channel : background.rgb) channel = level + draws.uniform({-.05, .05});
  background.gradient = draws.uniform({0, .12});
  background.gradient_angle = draws.uniform({0, kFullTurn});
  for (SceneWave& wave : background.waves) {
    wave.amplitude = draws.uniform({0, .04});
    wave.cycles = draws.uniform({1, 9});
    wave.direction = draws.uniform({0, kFullTurn});
    wave.phase = draws.uniform({0, kFullTurn});
  }
  background.gain = draws.uniform({.8, 1.1});
  background.shade = draws.uniform({0, .3});
  background.shade_angle = draws.uniform({0, kFullTurn});
  background.grain = draws.uniform({.004, .03});
  return background;
}

SceneThing draw_thing(SceneDraws& draws) {
  SceneThing thing;
  thing.size = draws.choose(kSizes.size());
  thing.color = draws.choose(kColors.size());
  thing.shape = static_cast<SceneShape>(draws.choose(kShapes.size()));
  thing.radius = draws.uniform(kSizes[thing.size].radius);
  thing.angle = draws.uniform({-.3, .3});
  for (std::size_t c = 0; c < thing.rgb.size(); ++c) {
    thing.rgb[c] = kColors[thing.color].rgb[c] + draws.uniform({-.07, .07});
  }
  return thing;
}

/// Two things that are said alike would make the caption meaningless: the second takes the next colour.
void tell_apart(const SceneThing& first, SceneThing& second) {
  if (first.color != second.color || first.shape != second.shape) return;
  const Rgb& old_base = kColors[second.color].rgb;
  second.color = (second.color + 1) % kColors.size();
  for (std::size_t c = 0; c < second.rgb.size(); ++c) {
    second.rgb[c] = kColors[second.color].rgb[c] + (second.rgb[c] - old_base[c]);
  }
}

/// Returns the place's words.
std::string_view place_one(SceneDraws& draws, SceneThing& thing) {
  const Place& place = kPlaces[draws.choose(kPlaces.size())];
  if (place.side == 0) {
    thing.x = .5 + draws.uniform({-.07, .07});
    thing.y = .5 + draws.uniform({-.07, .07});
    return place.words;
  }
  const double offset = draws.uniform({.2, .5 - thing.reach()});
  const double across = .5 + draws.uniform({-.6, .6}) * offset;
  const double along = .5 + place.side * offset;
  thing.x = place.horizontal ? along : across;
  thing.y = place.horizontal ? across : along;
  return place.words;
}

/// Returns the relation's words.
std::string_view place_two(SceneDraws& draws, SceneThing& first, SceneThing& second) {
  const Relation& relation = first.size != second.size ? kRelations[draws.choose(kRelations.size())]
                                                       : kRelationsOfEquals[draws.choose(kRelationsOfEquals.size())];
  SceneThing& nearer = relation.first_nearer ? first : second;
  SceneThing& farther = relation.first_nearer ? second : first;
  const double near_reach = nearer.reach();
  const double far_reach = farther.reach();
  const double distance = draws.uniform({near_reach + far_reach + kThingGap, 1 - near_reach - far_reach});
  const double near_along = draws.uniform({near_reach, 1 - distance - far_reach});
  const double near_across = draws.uniform({near_reach, 1 - near_reach});
  const double far_across = draws.uniform(
      {std::max(far_reach, near_across - distance / 1.7), std::min(1 - far_reach, near_across + distance / 1.7)});
  nearer.x = near_along;
  nearer.y = near_across;
  farther.x = near_along + distance;
  farther.y = far_across;
  if (relation.horizontal) return relation.words;
  std::swap(nearer.x, nearer.y);
  std::swap(farther.x, farther.y);
  return relation.words;
}

}  // namespace

SceneLayout lay_out_scene(SceneDraws& draws) {
  SceneLayout scene;
  scene.background = draw_background(draws);
  const bool alone = draws.uniform({0, 1}) < .25;
  scene.things.push_back(draw_thing(draws));
  std::string where;
  if (alone) {
    where = place_one(draws, scene.things[0]);
  } else {
    scene.things.push_back(draw_thing(draws));
    tell_apart(scene.things[0], scene.things[1]);
    if (scene.things[0].size < scene.things[1].size) std::swap(scene.things[0], scene.things[1]);
    const std::string_view relation = place_two(draws, scene.things[0], scene.things[1]);
    where = fmt::format("{} {}", relation, words_of(scene.things[1]));
  }
  scene.caption = fmt::format("{} {} on a {} background", words_of(scene.things[0]), where, scene.background.word);
  return scene;
}

}  // namespace tandem::caption

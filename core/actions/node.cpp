#include "core/actions/node.hpp"

#include "core/actions/common.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace jailrun::core {

std::unique_ptr<Action> NodeAction::restore(const Record& record) {
  const DeviceNumber number = {record.text("type") == "block", static_cast<uint32_t>(record.number("major")),
                               static_cast<uint32_t>(record.number("minor"))};
  return std::make_unique<NodeAction>(record.text("path"), number, ownership_of(record));
}

std::string NodeAction::object() const {
  return path_ + "  " + (number_.block ? "block " : "char ") + std::to_string(number_.major) + ":" +
         std::to_string(number_.minor) + describe(ownership_);
}

Record NodeAction::record() const {
  Record record;
  record.add("path", path_).add("type", number_.block ? "block" : "char");
  record.add("major", number_.major).add("minor", number_.minor);
  add_ownership(record, ownership_);
  return record;
}

Result<void> NodeAction::survey(Site& site) {
  JR_ASSIGN(const Stood stood, look(site, false, path_));
  set_stood(stood);
  return {};
}

Result<void> NodeAction::perform(Site& site) {
  JR_ASSIGN(const sys::Place place, find_place(site, false, path_));
  return sys::make_node(place, number_.block ? S_IFBLK : S_IFCHR, makedev(number_.major, number_.minor),
                        ownership_);
}

Result<void> NodeAction::release(Site& site) { return remove_own(site, *this, false, path_, Kind::kFile); }

}  // namespace jailrun::core

// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/namespaces.hpp"

#include "core/sys/namespaces.hpp"

namespace jailrun::core {

Result<void> OpenNamespaceAction::perform(Launch&) {
  JR_ASSIGN(*opened_, sys::open_namespace(path_, type_));
  return {};
}

Result<void> JoinNamespaceAction::perform(Launch&) { return sys::join_namespace(opened_->get(), type_); }

}  // namespace jailrun::core

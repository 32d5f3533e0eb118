// SPDX-License-Identifier: Apache-2.0
// Stands for a helper that becomes a daemon, whatever its arguments: it forks, and goes on in the background.
#include <poll.h>
#include <unistd.h>

int main() {
  const pid_t child = fork();
  if (child != 0) return child < 0 ? 1 : 0;
  for (;;) poll(nullptr, 0, -1);
}

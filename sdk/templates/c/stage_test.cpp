// What the stage plans, and what it refuses: on a fake host, without root and without a jail.
#include <jailrun/testing.hpp>

int main(int argc, char** argv) {
  if (argc != 2) return 2;  // the plugin's file
  jailrun::FakeHost host(jailrun::load_plugin(argv[1]));
  jailrun::Checks checks;

  host.option("message", "good morning")
      .fact("jail.id", "web-1")
      .fact("jail.root", "/srv/jailer/vmm/web-1/root");
  checks.equal("the message is planned", host.plan(),
               "write /template-stage.txt  0444 0:0  \"web-1: good morning\\n\"\n");

  host.reset().fact("jail.id", "web-1").fact("jail.root", "/srv/jailer/vmm/web-1/root");
  checks.equal("without an option the message is the default", host.plan(),
               "write /template-stage.txt  0444 0:0  \"web-1: hello\\n\"\n");

  host.reset().option("message", std::string(201, 'x')).fact("jail.id", "web-1");
  checks.equal("a long message is refused", host.configure(),
               "refused: --message: a message has at most 200 bytes");

  return checks.failed();
}

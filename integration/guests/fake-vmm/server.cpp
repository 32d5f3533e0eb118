// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include "files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fake_vmm {
namespace {

constexpr size_t kLongestBody = 51200;  // Firecracker's own limit

struct Connection {
  int fd;
  std::string received;
};

// The value of Content-Length, in whatever case it is written.
size_t content_length(const std::string& head) {
  static constexpr char kName[] = "\r\ncontent-length:";
  for (size_t at = 0; at + sizeof kName <= head.size(); ++at)
    if (strncasecmp(head.data() + at, kName, sizeof kName - 1) == 0)
      return std::strtoul(head.data() + at + sizeof kName - 1, nullptr, 10);
  return 0;
}

// Takes one complete request off the front; false where it has not all arrived yet.
bool take_request(std::string* received, Request* request) {
  const size_t end_of_head = received->find("\r\n\r\n");
  if (end_of_head == std::string::npos) return false;
  const std::string head = received->substr(0, end_of_head + 2);
  const size_t length = content_length(head);
  if (received->size() < end_of_head + 4 + length) return false;
  const size_t after_method = head.find(' ');
  const size_t after_path = head.find(' ', after_method + 1);
  request->method = head.substr(0, after_method);
  request->path = head.substr(after_method + 1, after_path - after_method - 1);
  request->body = received->substr(end_of_head + 4, length);
  received->erase(0, end_of_head + 4 + length);
  return true;
}

std::string formatted(const Answer& answer) {
  const char* const reason = answer.status == 200   ? "OK"
                             : answer.status == 204 ? "No Content"
                                                    : "Bad Request";
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " " + reason +
                     "\r\nServer: fake-vmm\r\nConnection: keep-alive\r\n";
  if (answer.status != 204)
    text +=
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n";
  return text + "\r\n" + answer.body;
}

bool send_whole(int fd, const std::string& text) {
  size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t some = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (some <= 0) return false;
    sent += static_cast<size_t>(some);
  }
  return true;
}

// Go's clients end a body with a line feed.
std::string log_line(const Request& request, const Answer& answer) {
  std::string line =
      std::to_string(answer.status) + " " + request.method + " " + request.path + " " + request.body;
  std::replace(line.begin(), line.end(), '\n', ' ');
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// False: the client has gone, or sent more than it may.
bool serve_one(Connection& connection, Machine& machine, const std::string& log) {
  char buffer[4096];
  const ssize_t got = read(connection.fd, buffer, sizeof buffer);
  if (got <= 0) return false;
  connection.received.append(buffer, static_cast<size_t>(got));
  Request request;
  while (take_request(&connection.received, &request)) {
    const Answer answer = machine.answer(request);
    append_line(log, log_line(request, answer));
    if (!send_whole(connection.fd, formatted(answer))) return false;
  }
  return connection.received.size() <= kLongestBody;
}

}  // namespace

std::string Server::listen_at(const std::string& path) {
  const std::string problem = bind_socket(path, &listener_);
  if (!problem.empty()) return "the API socket can't be opened: " + problem;
  return listen(listener_, 10) == 0 ? "" : "nothing can listen at " + path;
}

void Server::serve(Machine& machine, const std::string& log) {
  std::vector<Connection> connections;
  while (!machine.has_ended()) {
    std::vector<struct pollfd> awaited = {{listener_, POLLIN, 0}};
    for (const Connection& one : connections) awaited.push_back({one.fd, POLLIN, 0});
    if (poll(awaited.data(), awaited.size(), -1) < 0 && errno != EINTR) return;
    for (size_t i = connections.size(); i-- > 0;) {
      if (awaited[i + 1].revents == 0 || serve_one(connections[i], machine, log)) continue;
      close(connections[i].fd);
      connections.erase(connections.begin() + static_cast<ptrdiff_t>(i));
    }
    if (awaited[0].revents == 0) continue;
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) connections.push_back({fd, ""});
  }
}

}  // namespace fake_vmm

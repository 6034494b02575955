/* The resolver's address is one of the container's own, and a container may serve DNS itself, on
 * all its addresses: a socket of ours at port 53 would be in its way. So ours are bound to ports
 * that nobody asks for, and a program that the kernel runs when it looks for a receiver (5.9) leads
 * what is sent to 127.0.0.11:53 to them. TCP needs no more; an answer by UDP would come from our
 * port, so it is sent by a raw socket, which can say 53.
 *
 * Where no such program may be loaded, the sockets are bound at port 53 after all, shared with
 * whoever asks for that too. */
#include "runtime/launch_resolver.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

enum { BACKLOG = 16 };

static struct sockaddr_in address_at(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, RESOLVER_ADDRESS, &address.sin_addr);
	return address;
}

static int open_at(int kind, int protocol, unsigned port)
{
	static const int on = 1;
	struct sockaddr_in address = address_at(port);
	int fd = (int)sys_result(socket(AF_INET, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
	int error = 0;

	if (fd < 0)
		return fd;
	if (port && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
			    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0))
		error = -errno;
	if (!error)
		error = (int)sys_result(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	if (!error && kind == SOCK_STREAM)
		error = (int)sys_result(listen(fd, BACKLOG));
	if (error)
		sys_close(&fd);
	return error ? error : fd;
}

static void close_all(struct launch *l)
{
	for (int i = 0; i < RESOLVER_FDS; i++)
		sys_close(&l->resolver[i]);
}

static int open_both(struct launch *l, unsigned port)
{
	int udp = open_at(SOCK_DGRAM, 0, port);
	int tcp = udp < 0 ? udp : open_at(SOCK_STREAM, 0, port);

	if (tcp < 0) {
		sys_close(&udp);
		return tcp;
	}
	l->resolver[RESOLVER_UDP] = udp;
	l->resolver[RESOLVER_TCP] = tcp;
	return 0;
}

/* ---- steering ---- */

static int bpf(int command, union bpf_attr *attr)
{
	return (int)sys_result(syscall(SYS_bpf, command, attr, sizeof(*attr)));
}

/* Our two sockets where the program finds them: 0 is UDP's, 1 is TCP's. */
static int make_map(const struct launch *l)
{
	union bpf_attr attr, put;
	int map, error = 0;

	memset(&attr, 0, sizeof(attr)); /* all of it must be zero: an initializer clears a member */
	attr.map_type = BPF_MAP_TYPE_SOCKMAP;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = sizeof(uint64_t);
	attr.max_entries = 2;
	map = bpf(BPF_MAP_CREATE, &attr);
	for (uint32_t key = RESOLVER_UDP; key <= RESOLVER_TCP && map >= 0 && !error; key++) {
		uint64_t socket = (uint64_t)l->resolver[key];

		memset(&put, 0, sizeof(put));
		put.map_fd = (uint32_t)map;
		put.key = (uintptr_t)&key;
		put.value = (uintptr_t)&socket;
		error = bpf(BPF_MAP_UPDATE_ELEM, &put);
	}
	if (error)
		sys_close(&map);
	return error ? error : map;
}

#define OP(c, d, s, o, i)                                                                          \
	{                                                                                          \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)                \
	}
#define MOVE_REG(d, s)   OP(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOVE(d, i)       OP(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define LOAD(d, field)   OP(BPF_LDX | BPF_MEM | BPF_W, d, 6, offsetof(struct bpf_sk_lookup, field), 0)
#define UNLESS(d, i, to) OP(BPF_JMP32 | BPF_JNE | BPF_K, d, 0, to, i)
#define WHEN(d, i, to)   OP(BPF_JMP32 | BPF_JEQ | BPF_K, d, 0, to, i)
#define CALL(function)   OP(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##function)

/* r6: the lookup, r7: the socket found. Every way out lets the lookup go on: to our socket when it
 * was assigned, as always when not. */
static int load_program(int map)
{
	const int address = (int)address_at(0).sin_addr.s_addr;
	const struct bpf_insn program[] = {
		MOVE_REG(6, 1),
		LOAD(2, local_port),
		UNLESS(2, RESOLVER_PORT, 20),
		LOAD(2, local_ip4),
		UNLESS(2, address, 18),
		LOAD(3, protocol),
		MOVE(2, RESOLVER_UDP),
		WHEN(3, IPPROTO_UDP, 1),
		MOVE(2, RESOLVER_TCP),
		OP(BPF_STX | BPF_MEM | BPF_W, 10, 2, -4, 0),
		OP(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map),
		OP(0, 0, 0, 0, 0),
		MOVE_REG(2, 10),
		OP(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
		CALL(map_lookup_elem),
		OP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 7, 0),
		MOVE_REG(7, 0),
		MOVE_REG(1, 6),
		MOVE_REG(2, 7),
		MOVE(3, 0),
		CALL(sk_assign),
		MOVE_REG(1, 7),
		CALL(sk_release),
		MOVE(0, SK_PASS),
		OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SK_LOOKUP;
	attr.insns = (uintptr_t)program;
	attr.insn_cnt = sizeof(program) / sizeof(program[0]);
	attr.license = (uintptr_t) "GPL";
	attr.expected_attach_type = BPF_SK_LOOKUP;
	return bpf(BPF_PROG_LOAD, &attr);
}

/* For this network namespace, until the fd is closed. */
static int attach(struct launch *l, int program)
{
	union bpf_attr attr;
	int here = sys_open(l->proc, "self/ns/net", O_RDONLY), link;

	if (here < 0)
		return here;
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)program;
	attr.link_create.target_fd = (uint32_t)here;
	attr.link_create.attach_type = BPF_SK_LOOKUP;
	link = bpf(BPF_LINK_CREATE, &attr);
	close(here);
	return link;
}

static int steer(struct launch *l)
{
	int map = make_map(l), program = map < 0 ? map : load_program(map);
	int link = program < 0 ? program : attach(l, program);

	sys_close(&map);
	sys_close(&program);
	l->resolver[RESOLVER_STEER] = link;
	return link < 0 ? link : 0;
}

/* It would hear every datagram that comes to its address. */
static int open_raw(void)
{
	static struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	struct sock_fprog filter = {1, nothing};
	int fd = open_at(SOCK_RAW, IPPROTO_UDP, 0);

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		sys_close(&fd);
	return fd;
}

static int open_steered(struct launch *l)
{
	int error = open_both(l, 0);

	if (!error)
		error = steer(l);
	if (error)
		return error;
	l->resolver[RESOLVER_RAW] = open_raw();
	return l->resolver[RESOLVER_RAW] < 0 ? -EPERM : 0;
}

int launch_resolver(struct launch *l, unsigned dir, const char *file, uint64_t avoid)
{
	int at = launch_dir(l, dir);
	struct stat st;

	if (l->resolver[RESOLVER_UDP] >= 0 || fstatat(at, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (!(avoid & PLAN_AVOID_SOCKET_LOOKUP) && !open_steered(l))
		return 0;
	close_all(l);
	return open_both(l, RESOLVER_PORT);
}

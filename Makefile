# davit - containers, images and their cockpit in one small program
#
#   sudo make demo      install what is missing, build, open the screen on running containers
#   sudo make demo-clean   remove those containers again
#   sudo make test      install what the tests need, then run all of them
#   make                build everything into out/debug        make MODE=release   the shipped one
#   make unit           the unit tests alone                   make flow, screen   the other kinds
#   make SAN=address,undefined test                            make SAN=thread unit
#   make check          headers, include directions, bans      make format         clang-format
#   make fuzz           a minute of every fuzz target          make soak           hours of abuse
#   make test-slow      what takes minutes: Debian inside, other engines reading what davit wrote
#   make test-v2        davit on a pure cgroup v2 host with systemd: a guest in QEMU, without KVM
#   make setup          what building needs, from apt          make setup-test     and testing
#   make bench          davit beside every engine installed    make screenshots    docs/screenshots/
#   make install        DESTDIR and PREFIX are honoured        make uninstall
#   make V=1            show every command                     make help           this text
MODE    ?= debug
PREFIX  ?= /usr/local
CC      ?= cc
MUSL_CC ?= musl-gcc
comma   := ,
O       := out/$(MODE)$(if $(SAN),-$(subst $(comma),+,$(SAN)))
Q       := $(if $(V),,@)
VERSION := 0.1.0

CFLAGS  ?= $(if $(filter release,$(MODE)),-O2 -g -D_FORTIFY_SOURCE=2,-Og -g3)
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla \
           -Wno-format-nonliteral $(if $(CI),-Werror)
BASE    := -std=gnu17 -Isrc -D_GNU_SOURCE -DDAVIT_VERSION='"$(VERSION)"' $(WARN) \
           $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
           $(if $(findstring thread,$(SAN)),-Wno-tsan)
FLAGS    = $(CPPFLAGS) $(CFLAGS) $(BASE) -fPIC -MMD -MP

# What davit itself is made of, and the modules that it opens on first use.
LAUNCH  := $(wildcard src/runtime/launch/*.c)
SHIM    := $(wildcard src/shim/*.c) $(LAUNCH)
FRONT   := src/build/front.c src/build/front_text.c src/build/git_url.c
MAIN    := $(wildcard src/util/*.c src/runtime/*.c src/core/*.c src/cli/*.c) $(FRONT)
BUILD   := $(filter-out $(FRONT),$(wildcard src/build/*.c))
GIT     := $(wildcard src/build/git/*.c)
# Of the image module what a build uses too: layers in the store and new ones, without network and decoders.
LAYERS  := $(patsubst %,src/core/image/%.c,blob commit content copy dirs image_make layer_make layer_open layer_settle \
           layer_tar manifest mounts platform ring scan scan_links scan_xattrs sha sha_pair squash step_cache tar tar_pax \
           tar_sparse tar_write tree tree_write unpack_file)
IMAGE   := $(filter-out $(LAYERS),$(wildcard src/core/image/*.c))
DB      := $(wildcard src/core/db/*.c)
NFT     := $(wildcard src/core/nft/*.c)
SECCOMP := $(wildcard src/runtime/seccomp/*.c)
OCI     := $(wildcard src/oci/*.c) $(LAUNCH) \
           $(addprefix src/util/,arena.c buf.c err.c json_text.c json_tree.c path.c strs.c) \
           $(filter-out src/runtime/plan_%.c src/runtime/compile_limits.c,$(wildcard src/runtime/*.c)) \
           src/runtime/plan_build.c
SCREEN  := $(wildcard src/tui/*.c src/tui/*/*.c)

# Every shared library costs every start 40 to 90 us. libuv is linked in, whole, since modules call what the
# program itself does not.
UV           := $(firstword $(wildcard $(foreach a,libuv_a.a libuv.a,$(shell $(CC) -print-file-name=$(a)))) -luv)
OTHER_LIBS   := -lmnl -lcjson -lcap
MAIN_LIBS    := -Wl,--whole-archive $(UV) -Wl,--no-whole-archive $(OTHER_LIBS)
# What a start has no use for is opened by who has.
db_LIBS      := -lsqlite3
layers_LIBS  := -lcrypto -lxxhash
# Opening what speaks to registries costs more than a build that has nothing to do.
image_LIBS   := -lcurl -lcrypto -lisal -lzstd -lxxhash -larchive
image_ON     := -Wl,-rpath,'$$ORIGIN' $O/davit-layers.so
build_ON     := $(image_ON)
seccomp_LIBS := -lseccomp
nft_LIBS     := -lnftables
git_LIBS     := -lgit2
screen_LIBS  := -lncursesw -ltinfo -ltsm -lm

obj      = $(patsubst %.c,$O/%.o,$(1))
PROGRAMS := $O/davit $O/davit-shim $O/davit-init $O/davit-runtime $O/davit-seccomp
MODULES  := $(addprefix $O/davit-,db.so layers.so image.so nft.so seccomp.so screen.so build.so git.so)

.PHONY: all help clean
all: $(PROGRAMS) $(MODULES)

$O/davit: $(call obj,src/main.c $(MAIN) $(LAUNCH))
	@echo "  LD   $@"
	$(Q)$(CC) $(CFLAGS) $(BASE) $(LDFLAGS) -rdynamic $^ -o $@ $(MAIN_LIBS)

# Static, tiny, and nothing but the launch half: see docs/HACKING.md.
$O/davit-shim: $(SHIM) $(wildcard src/shim/*.h src/runtime/*.h src/runtime/launch/*.h)
	@mkdir -p $(@D) && echo "  SHIM $@"
	$(Q)$(MUSL_CC) -std=gnu17 -Isrc -D_GNU_SOURCE -DDAVIT_VERSION='"$(VERSION)"' $(WARN) -Os -g \
		-static -no-pie -fno-pie -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
		-Wl,--gc-sections -Wl,-z,norelro -idirafter /usr/include \
		-idirafter /usr/include/$(shell $(CC) -dumpmachine) $(SHIM) -o $@

# An OCI runtime: as lean, but with the half that compiles.
$O/davit-runtime: $(OCI) $(wildcard src/oci/*.h src/util/*.h src/runtime/*.h src/runtime/launch/*.h) \
		assets/seccomp-default.json
	@mkdir -p $(@D) && echo "  OCI  $@"
	$(Q)$(MUSL_CC) -std=gnu17 -Isrc -D_GNU_SOURCE -DDAVIT_VERSION='"$(VERSION)"' $(WARN) -O2 -g \
		-static -no-pie -fno-pie -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
		-Wl,--gc-sections -Wl,-z,norelro -idirafter /usr/include \
		-idirafter /usr/include/$(shell $(CC) -dumpmachine) $(OCI) -o $@

# What it asks when a filter is not in its cache.
$O/davit-seccomp: $(call obj,src/seccomp/main.c $(SECCOMP) $(addprefix src/util/,arena.c buf.c err.c \
		json_tree.c path.c strs.c) src/runtime/caps.c src/runtime/fields.c)
	@echo "  LD   $@"
	$(Q)$(CC) $(CFLAGS) $(BASE) $(LDFLAGS) $(filter %.o,$^) -o $@ -lseccomp -lcap -lm

# The first process of containers that ask for one.
$O/davit-init: src/init/init.c
	@mkdir -p $(@D) && echo "  INIT $@"
	$(Q)$(MUSL_CC) -std=gnu17 -D_GNU_SOURCE $(WARN) -Os -s -static -no-pie -fno-pie \
		-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -Wl,--gc-sections \
		-Wl,-z,norelro -Wl,--build-id=none -Wl,-z,noseparate-code -idirafter /usr/include \
		-idirafter /usr/include/$(shell $(CC) -dumpmachine) $< -o $@

define module
$O/davit-$(1).so: $$(call obj,$(2))
	@echo "  LD   $$@"
	$$(Q)$$(CC) $$(CFLAGS) $$(BASE) $$(LDFLAGS) -shared -Wl,-soname,$$(@F) $$(filter %.o,$$^) -o $$@ $$($(1)_ON) $$($(1)_LIBS)
endef
$(eval $(call module,db,$(DB)))
$(eval $(call module,layers,$(LAYERS)))
$(eval $(call module,image,$(IMAGE)))
$(eval $(call module,nft,$(NFT)))
$(eval $(call module,seccomp,$(SECCOMP)))
$(eval $(call module,screen,$(SCREEN)))
$(eval $(call module,build,$(BUILD)))
$(eval $(call module,git,$(GIT)))
$O/davit-build.so $O/davit-image.so: $O/davit-layers.so

$O/%.o: %.c
	@mkdir -p $(@D) && echo "  CC   $<"
	$(Q)$(CC) $(FLAGS) -c $< -o $@

# Built in with .incbin, which the compiler's dependency files do not list.
$O/src/runtime/seccomp_cache.o: assets/seccomp-default.json
$O/src/tui/keymap_presets.o: $(wildcard assets/keys/*.keys)
# The manual that help shows: every page of docs/ but those for who works on davit.
MANUAL := $(filter-out docs/HACKING.md docs/bench.md,$(wildcard docs/*.md))
$O/manual.txt: $(MANUAL)
	$(Q)mkdir -p $(@D) && for f in $(MANUAL); do n=$${f##*/}; printf '\f%s\n' "$${n%.md}"; cat $$f; done >$@
$O/src/tui/manual.o: CPPFLAGS += -DDAVIT_MANUAL='"$O/manual.txt"'
$O/src/tui/manual.o: $O/manual.txt
$O/lessons.txt: $(wildcard assets/lessons/*.lesson)
$O/tapes.txt: $(wildcard assets/tapes/*.cast)
$O/lessons.txt $O/tapes.txt:
	@mkdir -p $(@D)
	$(Q)for f in $(sort $^); do echo "=== $$(basename $${f%.*})"; cat $$f; done >$@
$O/src/core/lesson_shipped.o: $O/lessons.txt $O/tapes.txt
$O/src/core/lesson_shipped.o: CPPFLAGS += -DLESSONS_TEXT='"$O/lessons.txt"' -DTAPES_TEXT='"$O/tapes.txt"'

# Tests. Each kind closes with "N passed, N failed"; `make test` adds the kinds up. What needs a
# host gets one of its own: see tests/sandbox/sandbox.h.
UNIT     := $(patsubst %.c,$O/%,$(wildcard tests/unit/test_*.c))
FUZZ     := $(patsubst %.c,$O/%,$(wildcard tests/fuzz/fuzz_*.c))
FLOW     := tests/support/test-sandbox $(wildcard tests/flow/*.sh)
KINDS    := check unit flow screen replay
# A program of its own: only what has tests of its own is linked into theirs.
OCI_PART := $(addprefix src/oci/,bundle.c options.c signals.c unit.c)
TEST_OBJ := $(call obj,$(sort $(MAIN) $(LAUNCH) $(OCI_PART) $(DB) $(LAYERS) $(IMAGE) $(NFT) $(SECCOMP) $(SCREEN) $(BUILD) \
            $(GIT) $(wildcard tests/support/*.c)))
TEST_LIBS := -luv $(OTHER_LIBS) $(db_LIBS) $(image_LIBS) $(nft_LIBS) $(seccomp_LIBS) $(screen_LIBS) $(git_LIBS) \
             -lcmocka -lutil -lm
SUM      := $O/results
export O

# All of davit once, for every test: linking it into each took longer than running them.
TEST_SO  := -Wl,-rpath,'$$ORIGIN/..' $O/tests/davit-tests.so -lcmocka -lutil -lm
$O/tests/davit-tests.so: $(TEST_OBJ)
	@echo "  LD   $@"
	$(Q)$(CC) $(CFLAGS) $(BASE) $(LDFLAGS) -shared -Wl,-soname,$(@F) $^ -o $@ $(TEST_LIBS)
$O/tests/unit/%: $O/tests/unit/%.o $O/tests/davit-tests.so
	@echo "  LD   $@"
	$(Q)$(CC) $(CFLAGS) $(BASE) $(LDFLAGS) -rdynamic $< -o $@ $(TEST_SO) $(TEST_LIBS)

$O/tests/screen/%: $O/tests/screen/%.o $O/tests/davit-tests.so
	@echo "  LD   $@"
	$(Q)$(CC) $(CFLAGS) $(BASE) $(LDFLAGS) -rdynamic $< -o $@ $(TEST_SO) $(TEST_LIBS)

# Under clang's fuzzer each target brings main; elsewhere replay.c does. From an archive, so that a
# target can bring its own of what it replaces.
fuzzing := $(findstring fuzzer,$(SAN))
$O/tests/all.a: $(TEST_OBJ)
	$(Q)rm -f $@ && ar qcs $@ $^
$O/tests/fuzz/%: $O/tests/fuzz/%.o $(if $(fuzzing),,$O/tests/fuzz/replay.o) $O/tests/all.a
	@echo "  LD   $@"
	$(Q)$(CC) $(CFLAGS) $(BASE) $(LDFLAGS) $(if $(fuzzing),-fsanitize=fuzzer) $^ -o $@ $(TEST_LIBS)

out/sandbox: $(wildcard tests/sandbox/*.c) tests/sandbox/sandbox.h
	@mkdir -p $(@D) && echo "  CC   $@"
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -O2 -g $(WARN) $(filter %.c,$^) -o $@.$$$$ && mv $@.$$$$ $@
out/shot: $(wildcard tests/shot/*.[ch])
	@mkdir -p $(@D) && echo "  CC   $@"
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -O2 -g $(WARN) $(filter %.c,$^) -o $@.$$$$ -ltsm && mv $@.$$$$ $@

.PHONY: setup setup-test built test test-slow test-v2 unit flow screen check replay replay-here fuzz fuzz-here format
setup:
	$(Q)tests/support/setup
setup-test:
	$(Q)tests/support/setup test
built: all $(UNIT) out/sandbox
	@:
test: setup-test
	$(Q)$(MAKE) --no-print-directory built
	$(Q)rm -f $(SUM); for kind in $(KINDS); do echo "== $$kind"; \
		tests/support/tally $(SUM) $(MAKE) --no-print-directory $$kind; done; \
		tests/support/tally --sum $(SUM)
# Needs Debian's packages in reach, and installs other engines to read what davit wrote.
SLOW     := $(wildcard tests/slow/*.sh)
test-slow: setup-test
	$(Q)tests/support/setup slow
	$(Q)$(MAKE) --no-print-directory all out/sandbox
	$(Q)FLOW_TIMEOUT=$${FLOW_TIMEOUT:-900} tests/support/run-flow $(SLOW)
# V2="10-limits.sh" runs some of its files: see docs/test-v2.md.
test-v2:
	$(Q)tests/support/setup v2
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/v2/run $(V2)
unit: all $(UNIT) out/sandbox
	$(Q)tests/support/sandbox tests/support/run-unit $(UNIT)
out/escape/%: tests/escape/%.c
	@mkdir -p $(@D) && echo "  CC   $@"
	$(Q)$(MUSL_CC) -std=gnu17 -D_GNU_SOURCE -O2 $(WARN) -static -no-pie -fno-pie \
		-idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -dumpmachine) $< -o $@
flow: all out/sandbox out/shot out/escape/probe
	$(Q)tests/support/run-flow $(FLOW)
screen: all out/sandbox $O/tests/screen/golden $O/tests/screen/pty $O/tests/screen/storm
	$(Q)tests/support/sandbox tests/support/run-screen
check:
	$(Q)tests/support/check $(CC) $(BASE)
format:
	$(Q)clang-format -i $(shell find src tests -name '*.[ch]')
replay:
	$(Q)$(MAKE) --no-print-directory SAN=address,undefined replay-here
replay-here: $(FUZZ)
	$(Q)tests/support/run-replay $(FUZZ)
fuzz:
	$(Q)$(MAKE) --no-print-directory CC=clang SAN=fuzzer-no-link,address fuzz-here
fuzz-here: $(FUZZ)
	$(Q)tests/support/run-fuzz $(FUZZ)

# BENCH="run exec --runs 5" and SOAK="--minutes 60 --kill" pass words on: see docs/bench.md.
.PHONY: bench soak
out/bench/%: tests/bench/%.c
	@mkdir -p $(@D) && echo "  CC   $@"
	$(Q)$(MUSL_CC) -std=gnu17 -D_GNU_SOURCE -O2 $(WARN) -static $< -o $@
bench: out/bench/timer out/bench/guest out/sandbox
	$(Q)$(MAKE) --no-print-directory MODE=release all
	$(Q)O=out/release tests/bench/run $(BENCH)
soak: all out/bench/guest out/sandbox
	$(Q)tests/support/sandbox --store ext4 tests/bench/soak $(SOAK)

# What root builds in somebody's checkout stays that somebody's.
.PHONY: demo demo-clean screenshots tapes
# The lessons as they run here, for machines where nobody may run containers.
tapes: all out/sandbox
	$(Q)tests/support/sandbox --store ext4 assets/tapes/take
demo:
	$(Q)[ "$$(id -u)" = 0 ] || { \
		echo "make demo: containers need root for now: sudo make demo" >&2; exit 1; }
	$(Q)tests/support/setup
	$(Q)$(MAKE) -s --no-print-directory MODE=release all out/shot
	$(Q)chown -Rh --reference=. out
	$(Q)O=out/release assets/demo/demo
demo-clean:
	$(Q)O=out/release assets/demo/demo down
screenshots: out/sandbox out/shot
	$(Q)$(MAKE) -s --no-print-directory MODE=release all
	$(Q)O=out/release tests/support/sandbox docs/screenshots/take

BIN := $(DESTDIR)$(PREFIX)/bin
LIB := $(DESTDIR)$(PREFIX)/lib/davit
DOC := $(DESTDIR)$(PREFIX)/share/doc/davit
MAN := $(DESTDIR)$(PREFIX)/share/man/man1

.PHONY: install uninstall
install: all
	$(Q)install -d $(BIN) $(LIB) $(DOC)
	$(Q)install -m 755 $O/davit $(BIN)/
	$(Q)install -m 755 $(filter-out $O/davit,$(PROGRAMS)) $(MODULES) $(LIB)/
	$(Q)ln -sf ../lib/davit/davit-runtime $(BIN)/davit-runtime
	$(Q)[ ! -d assets ] || cp -RL assets $(LIB)/
	$(Q)sed -i 's|/usr/local|$(PREFIX)|g' $(LIB)/assets/systemd/*.service
	$(Q)for f in README.md LICENSE $(wildcard docs/*.md); do \
		[ ! -f $$f ] || install -m 644 $$f $(DOC)/; done
	$(Q)for f in $(wildcard docs/*.1); do install -D -m 644 $$f $(MAN)/$${f##*/}; done
uninstall:
	$(Q)rm -f $(BIN)/davit $(BIN)/davit-runtime $(patsubst docs/%,$(MAN)/%,$(wildcard docs/*.1))
	$(Q)rm -rf $(LIB) $(DOC)

help:
	@sed -n '1,/^[^#]/s/^# \{0,1\}//p' Makefile
clean:
	$(Q)rm -rf out

.SECONDARY:
-include $(shell find out -name '*.d' -type f 2>/dev/null)

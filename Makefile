# Everything is set up by the targets themselves: `make demo` and `make test` need nothing by hand.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := nf netconf_server tests benchmarks ansible
ANSIBLE := .venvs/ansible

# Debian's names of what the daemon, the demo and the tests run.
RUN_PACKAGES := python3-venv python3-dev gcc libyang2-dev iproute2
DEMO_PACKAGES := dhcpcd-base radvd tcpdump tshark iputils-ping procps util-linux
TEST_PACKAGES := libyang2-tools iperf3 openssh-client user-mode-linux kmod systemd nftables freeradius-utils
# These would be services of this machine if they were installed: they are unpacked for the tests.
CLIENT_PACKAGES := wide-dhcpv6-client libfl2 isc-dhcp-client dibbler-client bird2 \
	kea-dhcp6-server kea-common liblog4cplus-2.0.5 libmariadb3 libpq5 libldap-2.5-0 libsasl2-2 \
	hostapd wpasupplicant libnl-route-3-200 libpcsclite1
# A kernel with everything, in a virtual machine.
VM_PACKAGES := qemu-system-x86 busybox-static cpio
VM_TESTS := --deselect tests/kernel/test_user_mode_linux.py tests/kernel tests/domain
DEBIAN_PACKAGES := $(RUN_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES)

# What these packages are installed for; tests never skip, so all must be there.
TEST_PROGRAMS := ip nft ss sysctl ping dhcpcd radvd tcpdump tshark unshare nsenter iperf3 \
	yanglint ssh ssh-keygen modprobe linux.uml radclient

.PHONY: help packages setup ansible demo test test-vm lint bench fuzz compliance clean

help: ## Say what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

packages:
	@tools/install-debian-packages $(DEBIAN_PACKAGES)

setup: packages $(VENV)/.complete ## Install Debian packages and the virtual environment

$(VENV)/.complete: pyproject.toml Makefile | packages
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

ansible: $(ANSIBLE)/.complete ## Install Ansible for the playbooks into .venvs/ansible

# The collections of ansible/requirements.yml, as this version of the `ansible` package has them.
$(ANSIBLE)/.complete: ansible/requirements.txt ansible/requirements.yml tools/install-collections | packages
	$(PYTHON) -m venv $(ANSIBLE)
	$(ANSIBLE)/bin/python -m pip install --quiet --disable-pip-version-check --requirement ansible/requirements.txt
	$(ANSIBLE)/bin/python tools/install-collections 12.3.0 ansible.netcommon ansible.utils
	@touch $@

demo: setup ## Run a mobility domain in network namespaces (KEEP=1: leave it running)
	$(BIN)/pmip6 demo $(if $(KEEP),--keep)

test: setup ansible ## Run all checks and all tests
	@tools/require-programs $(TEST_PROGRAMS)
	@tools/unpack-debian-packages .clients $(CLIENT_PACKAGES)
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest

# The kernel package is unpacked only: installing it would change how this machine starts.
test-vm: setup ## Run what needs a kernel under Debian's own, in a virtual machine (VM_TESTS: which)
	@tools/install-debian-packages $(TEST_PACKAGES) $(VM_PACKAGES)
	@tools/unpack-debian-packages .clients $(CLIENT_PACKAGES)
	@tools/unpack-debian-packages .vm "$$(apt-cache depends --important linux-image-cloud-amd64 | sed -n 's/.*Depends: //p')"
	@tools/run-in-virtual-machine .vm env PYTHONDONTWRITEBYTECODE=1 $(BIN)/python -m pytest -p no:cacheprovider $(VM_TESTS)

lint: setup ## Check style, types and format
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/mypy tests
	$(BIN)/mypy benchmarks

bench: setup ## Print figures
	@for name in engine dataplane signalling netconf; do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

fuzz: setup ## Throw noise at the decoders (FUZZ_SECONDS=60 for each)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz --seconds $(or $(FUZZ_SECONDS),60)

compliance: setup ## Write docs/compliance.md anew
	$(BIN)/python -m tests.compliance

clean: ## Remove what the targets made here
	rm -rf $(VENV) $(ANSIBLE) *.egg-info build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .fuzz .clients .vm
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

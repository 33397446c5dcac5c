"""What the schema tells about its modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from netconf_server.schema.schema import Schema, SchemaError
from tests.netconf.data.shop import SHOP

_ALWAYS = {
    "ietf-netconf",
    "ietf-netconf-monitoring",
    "ietf-yang-library",
}


def test_modules_of_the_server_itself_are_always_implemented(schema: Schema) -> None:
    implemented = {module.name for module in schema.modules() if module.is_implemented}
    assert _ALWAYS | {"shop", "shop-types", "shop-extra"} <= implemented


def test_module_is_described(schema: Schema) -> None:
    (module,) = [module for module in schema.modules() if module.name == "shop"]
    assert module.revision == "2026-01-01"
    assert module.namespace == SHOP
    assert module.prefix == "sh"
    assert module.yang_version == "1.1"
    assert module.features == ("delivery",)
    assert module.deviations == ("shop-extra",)
    assert module.submodules == (("shop-parts", "2026-01-03"),)


def test_version_of_yang_is_that_of_the_module(schema: Schema) -> None:
    versions = {module.name: module.yang_version for module in schema.modules()}
    assert versions["shop-extra"] == versions["ietf-netconf"] == "1"


def test_features_of_netconf_are_those_that_work(schema: Schema) -> None:
    (module,) = [module for module in schema.modules() if module.name == "ietf-netconf"]
    assert set(module.features) == {
        "candidate",
        "confirmed-commit",
        "rollback-on-error",
        "startup",
        "url",
        "validate",
        "xpath",
    }


def test_imported_module_is_not_implemented(schema: Schema) -> None:
    (module,) = [module for module in schema.modules() if module.name == "ietf-inet-types"]
    assert not module.is_implemented


@pytest.mark.rfc("6022 §3.1")
@pytest.mark.parametrize(
    ("name", "revision", "begin"),
    [
        ("shop", None, "module shop {"),
        ("shop", "2026-01-01", "module shop {"),
        ("shop-parts", "2026-01-03", "submodule shop-parts {"),
        ("shop-parts", None, "submodule shop-parts {"),
        ("ietf-inet-types", "2013-07-15", "module ietf-inet-types {"),
        ("ietf-netconf", None, "module ietf-netconf {"),
        ("ietf-yang-metadata", None, "module ietf-yang-metadata {"),
    ],
)
def test_source_is_yang_text(schema: Schema, name: str, revision: str | None, begin: str) -> None:
    assert schema.source(name, revision).lstrip().startswith(begin)


@pytest.mark.parametrize(("name", "revision"), [("nothing", None), ("shop", "1999-01-01")])
def test_source_of_an_unknown_module_is_a_key_error(
    schema: Schema, name: str, revision: str | None
) -> None:
    with pytest.raises(KeyError):
        schema.source(name, revision)


def test_namespace_of_a_module(schema: Schema) -> None:
    assert schema.namespace_of("shop") == SHOP
    with pytest.raises(KeyError):
        schema.namespace_of("nothing")


def test_module_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no-such-module"):
        Schema([tmp_path], {"no-such-module": []})


def test_writable_running_is_a_feature_where_it_is_switched_on() -> None:
    schema = Schema([], {}, is_running_writable=True)
    module = next(each for each in schema.modules() if each.name == "ietf-netconf")
    assert "writable-running" in module.features


def test_feature_that_does_not_exist_is_named() -> None:
    directory = Path(__file__).parent.parent / "yang"
    with pytest.raises(SchemaError, match="teleport"):
        Schema([directory], {"shop": ["teleport"]})

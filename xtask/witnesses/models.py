"""The models of the official SDK as a schema: what of an answer or a frame they do not know.

The SDK itself is forgiving: it leaves out fields that it does not know, makes a string of a number, and puts
"outdated_sdk_version" where it does not know a word. None of that must happen with what the mock says.
"""

import re

import PureCloudPlatformClientV2 as sdk

PRIMITIVES = {"str": str, "int": int, "float": (int, float), "bool": bool}
# The service sends this field, and no model has it.
UNDOCUMENTED = "additionalProperties"


class Unknown(Exception):
    """The models do not know what came."""


def parse(data, kind):
    """The data as an object of the SDK. Raises Unknown if a field, a type or a word is not what its models say."""
    faults = list(_faults(data, kind, kind))
    if faults:
        raise Unknown("\n".join(faults))
    return sdk.ApiClient()._ApiClient__deserialize(data, kind)


def _faults(data, kind, where):
    if data is None:
        return
    inner = re.fullmatch(r"list\[(.*)\]|dict\(str, (.*)\)", kind)
    if inner:
        items = data if inner[1] else data.values()
        for item in items:
            yield from _faults(item, inner[1] or inner[2], where)
    elif kind in PRIMITIVES:
        if not isinstance(data, PRIMITIVES[kind]) or kind != "bool" and isinstance(data, bool):
            yield f"{where}: {data!r} is no {kind}"
    elif kind == "datetime":
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(data)):
            yield f"{where}: {data!r} is no time of the API"
    elif kind != "object":
        yield from _faults_of_model(data, getattr(sdk, kind), where)


def _faults_of_model(data, model, where):
    instance = model()
    names = {field: name for name, field in instance.attribute_map.items()}
    for field, value in data.items():
        if field == UNDOCUMENTED:
            continue
        name = names.get(field)
        if name is None:
            yield f"{where}.{field}: {model.__name__} has no such field"
            continue
        yield from _faults(value, instance.swagger_types[name], f"{where}.{field}")
        if isinstance(value, str):
            setattr(instance, name, value)
            if getattr(instance, name) == "outdated_sdk_version":
                yield f"{where}.{field}: {value!r} is not among its words"

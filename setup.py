"""Lists the packages of the wheel: what lies in `templates/` of a checkout becomes `minerconsole/templates/`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["minerconsole*", "mining*"]), "minerconsole.templates"],
    package_dir={"minerconsole.templates": "templates"},
)

"""Topology, huge pages, sensors and the doctor: what this machine is and what limits it. No Django, no sockets."""

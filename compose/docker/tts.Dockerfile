# eSpeak NG and the worker that speaks. eSpeak NG is GPL-3, a program beside the product: its wheel is unpacked into a folder.
# Both come from `bundle/wheels` of a bundle that was packed --with voice, for the Python of the base.
#
#   docker build --file compose/docker/tts.Dockerfile --build-arg PYTHON_BASE=…@sha256:… --build-context wheels=WHEELS .
ARG PYTHON_BASE
# hadolint ignore=DL3006
FROM ${PYTHON_BASE} AS build
ENV PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY compose/install/constraints.txt /constraints.txt
RUN --mount=type=bind,from=wheels,source=.,target=/wheels \
    python -m venv /opt/tts \
    && /opt/tts/bin/pip install --no-compile --find-links /wheels --constraint /constraints.txt aftersales-appliance \
    && /opt/tts/bin/pip install --no-compile --no-deps --find-links /wheels --target /opt/espeak-ng espeakng-loader==0.2.4 \
    && /opt/tts/bin/pip uninstall --yes pip
# Nothing can be written beside the sources, so their bytecode comes with them; it asks no clock, so a build is like the next.
RUN /opt/tts/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/tts/lib \
    || echo 'named above: compiled anew at each start'

# hadolint ignore=DL3006
FROM ${PYTHON_BASE}
RUN groupadd --gid 10002 engines \
    && useradd --uid 10002 --gid 10002 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin engines \
    && { python -m compileall -q -j 0 --invalidation-mode unchecked-hash "$(python -c 'import os; print(os.path.dirname(os.__file__))')" || true; }
COPY --from=build /opt/tts /opt/tts
COPY --from=build /opt/espeak-ng /opt/espeak-ng
ENV PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10002:10002
WORKDIR /
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/tts/bin/python", "-m", "models.tts.espeak", "--engine", "/opt/espeak-ng/espeakng_loader"]
CMD ["--help"]

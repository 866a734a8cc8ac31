# syntax=docker/dockerfile:1
# The app without root's rights, on a root file system that may be read-only. Build and run:
#   docker build -t mood . && docker run -p 8501:8501 -v mood:/data -e FER_PASSWORD=... mood
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.txt ./
COPY bin ./bin
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt \
    && PATH="/venv/bin:$PATH" bin/post_compile

FROM node:22-slim AS browser
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.11-slim
# Python's bytecode comes compiled, and nothing is written outside /data and /tmp.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    HOME=/tmp \
    FER_RESULTS=/data
RUN useradd --uid 10001 --no-create-home mood && install --directory --owner=mood --mode=700 /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=browser \
    /build/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs \
    /build/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm \
    ./node_modules/onnxruntime-web/dist/
COPY --from=browser \
    /build/node_modules/plotly.js-cartesian-dist-min ./node_modules/plotly.js-cartesian-dist-min
COPY app.py ./
COPY LICENSE ./
COPY NOTICE ./
COPY .streamlit ./.streamlit
COPY pages ./pages
COPY models ./models
COPY fer ./fer
USER 10001
VOLUME /data
EXPOSE 8501
# `urllib` would ask the proxy that Docker may name to containers, which cannot reach this one.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import http.client as h, os, sys; e = os.environ.get; c = h.HTTPConnection('127.0.0.1', int(e('PORT', '8501')), timeout=4); c.request('GET', '/' + (e('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/') + '/health/live').lstrip('/')); sys.exit(c.getresponse().status != 200)"]
CMD ["sh", "-c", "exec streamlit run app.py --server.port \"${PORT:-8501}\" --server.address 0.0.0.0 --server.headless true"]

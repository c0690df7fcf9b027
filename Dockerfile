# dantind with its own PostgreSQL, from Debian's packages. The build stage runs the project's own script.
FROM debian:12 AS build
COPY . /src
WORKDIR /src
RUN ./dev build release && cmake --install build/release --prefix /opt/dantin --strip

FROM debian:12-slim
COPY tools/packages.txt /tmp/packages.txt
RUN mkdir -p /etc/postgresql-common \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      $(awk '$1 == "run" { print $2 }' /tmp/packages.txt) \
 && rm -rf /var/lib/apt/lists/* /tmp/packages.txt \
 && useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin dantin \
 && install -d -o dantin -g dantin -m 0700 /var/lib/dantin
COPY --from=build /opt/dantin /usr/local
USER dantin
VOLUME /var/lib/dantin
EXPOSE 7443
HEALTHCHECK CMD curl --fail --silent http://127.0.0.1:9443/readyz
ENTRYPOINT ["dantind"]
CMD ["serve", "--data", "/var/lib/dantin", "--listen", "0.0.0.0:7443"]

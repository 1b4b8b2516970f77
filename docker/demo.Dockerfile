# The demonstration servers, for `demo.enabled` of the chart: plain programs of one jar and its libraries.
#   docker build -f docker/demo.Dockerfile --build-arg NAME=demo-site -t localhost/multipod/demo-site:dev .
ARG JAVA=docker.io/library/eclipse-temurin:25-jre
FROM ${JAVA}
ARG NAME
ENV LANG=C.UTF-8
WORKDIR /opt/multipod
# A program without libraries needs the folder all the same: `mkdir -p deploy/${NAME}/target/lib`, as docker/build does.
COPY deploy/${NAME}/target/lib/ lib/
# With or without a version in its name.
COPY deploy/${NAME}/target/${NAME}*.jar demo.jar
USER 10001:10001
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=50", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-jar", "/opt/multipod/demo.jar"]

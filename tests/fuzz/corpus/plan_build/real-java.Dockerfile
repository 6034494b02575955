ARG JDK=21
FROM eclipse-temurin:${JDK}-jdk AS build
WORKDIR /src
COPY gradlew settings.gradle.kts build.gradle.kts ./
COPY gradle ./gradle
RUN ./gradlew --no-daemon dependencies >/dev/null
COPY . .
RUN ./gradlew --no-daemon bootJar -x test \
    && java -Djarmode=layertools -jar build/libs/*.jar extract --destination /layers

FROM eclipse-temurin:${JDK}-jre
ARG BUILD_DATE
ARG VCS_REF="unknown"
LABEL build-date=$BUILD_DATE vcs-ref=$VCS_REF
ENV JAVA_OPTS="-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError" TZ=UTC
WORKDIR /app
COPY --from=build /layers/dependencies/ /layers/spring-boot-loader/ ./
COPY --from=build /layers/application/ ./
VOLUME ["/var/lib/app", "/tmp"]
EXPOSE 8080 8081
ENTRYPOINT exec java $JAVA_OPTS org.springframework.boot.loader.launch.JarLauncher "$@"

@echo off
rem Runs Auspex from a checkout on Windows. Written beside the shell launcher, not yet tried.
setlocal
set "HOME_DIR=%~dp0"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
"%JAVA%" -version 2>&1 | findstr /r "version .2[5-9]\. version .2[5-9].$ version .[3-9][0-9]" >nul
if errorlevel 1 (
  echo auspex: Java must be JDK 25 or newer; get one from https://adoptium.net and set JAVA_HOME 1>&2
  exit /b 2
)
if not exist "%HOME_DIR%target\classpath.txt" (
  where mvn >nul 2>nul
  if errorlevel 1 (
    echo auspex: Maven must be installed to build, 3.8 or newer 1>&2
    exit /b 2
  )
  echo auspex: building, the first time takes a minute or more... 1>&2
  call mvn -q -B -f "%HOME_DIR%pom.xml" -DskipTests process-classes 1>&2 || exit /b 2
)
if not defined OPENBLAS_NUM_THREADS set "OPENBLAS_NUM_THREADS=1"
set /p LIBRARIES=<"%HOME_DIR%target\classpath.txt"
set "CLASSPATH=%HOME_DIR%target\classes;%LIBRARIES%"
"%JAVA%" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ^
  --add-modules jdk.incubator.vector -Dorg.bytedeco.javacpp.maxphysicalbytes=0 -Djava.awt.headless=true ^
  -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 -XX:MaxRAMPercentage=35 ^
  -XX:CompileCommand=quiet -XX:CompileCommand=dontinline,dev.auspex.tensor.kernel.*::*Loop ^
  %AUSPEX_JAVA_OPTS% dev.auspex.cli.Main %*
exit /b %ERRORLEVEL%
